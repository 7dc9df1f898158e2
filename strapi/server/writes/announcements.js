'use strict';

const { recordBy, recordOfEverything } = require('../outbox/record');
const { newId } = require('./change-id');

/** A change whose outcome is unknown is told again after so many milliseconds, when it must have come about. */
const AGAIN = 5000;

/**
 * Tells the cache of changes, by what became of them. The cache applies a change in memory at once, before these methods
 * return, and tells the other servers; nothing here throws.
 *
 * Without a cache (there never was one, or it has failed) the outbox alone tells the others, who may have one.
 */
class Announcements {
  #plugin;
  /** What is still to be told again. @type {Map<NodeJS.Timeout, { changes: import('./change').Change[], hasRow: boolean }>} */
  #again = new Map();

  constructor(plugin) {
    this.#plugin = plugin;
  }

  /** The outbox, once it is open. */
  get outbox() {
    return this.#plugin.outbox;
  }

  /** The changes as the others are told of them. This one may throw. */
  record(changes) {
    return recordBy(this.#plugin, changes);
  }

  /**
   * Has happened.
   *
   * @param {string} id
   * @param {string} record
   * @param {boolean} [hasRow] false: there is no row in the outbox that says so, so there must be one
   * @returns {Promise<void> | null} until the others have been told, for a short time at most
   */
  committed(id, record, hasRow = true) {
    if (!hasRow) this.#add(id, record);
    try {
      return this.#plugin.cache?.commit(id, record) ?? null;
    } catch (error) {
      this.everything(error);
      return null;
    }
  }

  /** Has not happened: only this server's memory may have seen it. */
  rolledBack(changes) {
    try {
      this.#plugin.cache?.apply(changes);
    } catch (error) {
      this.everything(error);
    }
  }

  /**
   * May have happened, or may happen yet: told now, and once more. Never under the id of a row in the outbox: the row,
   * if it appears, must be news to every server.
   */
  unknown(changes, hasRow = true) {
    this.again(changes, hasRow);
    return this.#tell(changes, hasRow);
  }

  /** Tells changes once more, later. */
  again(changes, hasRow = true) {
    const timer = this.#plugin.inOwnContext(() =>
      setTimeout(() => {
        this.#again.delete(timer);
        this.#tell(changes, hasRow);
      }, AGAIN),
    );
    timer.unref();
    this.#again.set(timer, { changes, hasRow });
  }

  /** What cannot be told apart counts as a change of everything. */
  everything(error) {
    const { log } = this.#plugin;
    log.error('PFAPI_WRITE_UNREADABLE', `a write could not be followed, so all is evicted: ${error.stack}`);
    const id = newId();
    const record = recordOfEverything('unreadable-write');
    this.#add(id, record);
    try {
      const { cache } = this.#plugin;
      cache?.applyEverything();
      cache?.commit(id, record);
    } catch (fault) {
      this.#plugin.cache = null;
      this.#plugin.bypass = 'fault';
      log.error('PFAPI_FAULT', `the cache does not answer and is switched off: ${fault.stack}`);
    }
  }

  /** Counts everything as changed, because somebody wants it so. Resolves when the others have been told. */
  async purge() {
    const id = newId();
    const record = recordOfEverything('purge');
    const added = this.#add(id, record);
    await this.committed(id, record);
    // In a transaction the only connection may be taken, until it ends.
    if (!this.#plugin.strapi.db.inTransaction()) await added;
  }

  /** Tells now what was to be told later. */
  async close() {
    const told = [...this.#again].map(([timer, { changes, hasRow }]) => {
      clearTimeout(timer);
      return this.#tell(changes, hasRow);
    });
    this.#again.clear();
    await Promise.all(told);
  }

  #tell(changes, hasRow) {
    try {
      return this.committed(newId(), this.record(changes), hasRow);
    } catch (error) {
      this.everything(error);
      return null;
    }
  }

  /** A row by itself. Nobody waits for it: the writer's connection may be the only one, and is not free yet. */
  #add(id, record) {
    if (this.outbox) return this.outbox.add(id, record);
    this.#plugin.early?.add(record);
    return null;
  }
}

module.exports = { Announcements };
