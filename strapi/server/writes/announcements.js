'use strict';

const { newId } = require('./change-id');

/** A change whose outcome is unknown is told again after so many milliseconds, when it must have come about. */
const AGAIN = 5000;

/**
 * Tells the cache of changes, by what became of them. The cache applies a change in memory at once, before these methods
 * return, and tells the other servers; nothing here throws.
 */
class Announcements {
  #plugin;
  /** What is still to be told again. @type {Map<NodeJS.Timeout, import('./change').Change[]>} */
  #again = new Map();

  constructor(plugin) {
    this.#plugin = plugin;
  }

  /** The outbox, once it is open. Without a cache nothing is announced. */
  get outbox() {
    return (this.#plugin.cache && this.#plugin.outbox) || null;
  }

  /** The changes as the others are told of them. This one may throw. */
  record(changes) {
    return this.#plugin.cache?.record(changes) ?? '';
  }

  /**
   * Has happened.
   *
   * @returns {Promise<void> | null} until the others have been told, for a short time at most
   */
  committed(id, record) {
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
  unknown(changes) {
    this.again(changes);
    return this.#tell(changes);
  }

  /** Tells changes once more, later. */
  again(changes) {
    const timer = this.#plugin.inOwnContext(() =>
      setTimeout(() => {
        this.#again.delete(timer);
        this.#tell(changes);
      }, AGAIN),
    );
    timer.unref();
    this.#again.set(timer, changes);
  }

  /** What cannot be told apart counts as a change of everything. */
  everything(error) {
    const { log } = this.#plugin;
    log.error('PFAPI_WRITE_UNREADABLE', `a write could not be followed, so all is evicted: ${error.stack}`);
    try {
      const { cache } = this.#plugin;
      cache?.applyEverything();
      cache?.commit(newId(), cache.recordOfEverything('unreadable-write'));
    } catch (fault) {
      this.#plugin.cache = null;
      this.#plugin.bypass = 'fault';
      log.error('PFAPI_FAULT', `the cache does not answer and is switched off: ${fault.stack}`);
    }
  }

  /** Tells now what was to be told later. */
  async close() {
    const told = [...this.#again].map(([timer, changes]) => {
      clearTimeout(timer);
      return this.#tell(changes);
    });
    this.#again.clear();
    await Promise.all(told);
  }

  #tell(changes) {
    try {
      return this.committed(newId(), this.record(changes));
    } catch (error) {
      this.everything(error);
      return null;
    }
  }
}

module.exports = { Announcements };
