'use strict';

const { newId } = require('./change-id');
const { Merged, merge } = require('./merged');

/** How often a commit looks for writes that came while it announced those before. */
const ROUNDS = 5;

/**
 * The changes of one transaction, held back until it settles.
 *
 * @typedef {import('./change').Change} Change
 * @typedef {'committed' | 'rolled back' | 'unknown'} Outcome
 */
class Pending {
  #announcements;
  #changed = new Merged();
  /** Writes that have begun and not ended, and what they may change. @type {Map<object, () => Change>} */
  #running = new Map();
  /**
   * What has been announced inside the transaction, and whether its row has been written there.
   *
   * @type {{ id: string, changes: Change[], record: string | null, hasRow: boolean }[]}
   */
  #announced = [];
  /** @type {(() => void)[]} */
  #last = [];
  /** Whether what comes out is already decided; the promise is that of telling it. */
  #settled = false;
  /** @type {Promise<any> | null} */
  #told = null;

  /** @param {import('./announcements').Announcements} announcements */
  constructor(announcements) {
    this.#announcements = announcements;
  }

  get settled() {
    return this.#settled;
  }

  /** @param {object} write @param {() => Change} mayChange */
  begin(write, mayChange) {
    this.#running.set(write, mayChange);
  }

  /** The write is over. False if its transaction was over before: it counts by itself. */
  end(write, change) {
    this.#running.delete(write);
    if (this.#settled) return false;
    this.#changed.add(change);
    return true;
  }

  /** Does something after all the changes. */
  last(act) {
    if (this.#settled) act();
    else this.#last.push(act);
  }

  /**
   * Puts the announcement into the transaction. Throws only if the transaction is gone.
   *
   * @param {any} trx
   */
  async announce(trx) {
    // A write that nobody waits for may come in between.
    for (let round = 0; round < ROUNDS; round += 1) {
      const changes = this.#take();
      if (changes.length === 0) return;
      const announcement = { id: newId(), changes, record: this.#recordOf(changes), hasRow: false };
      this.#announced.push(announcement);
      const { outbox } = this.#announcements;
      if (!outbox || announcement.record === null) continue;
      announcement.hasRow = await outbox.announce(trx, announcement.id, announcement.record);
      if (announcement.hasRow) continue;
      announcement.changes = changes.map((change) => ({ ...change, rows: null }));
      announcement.record = this.#recordOf(announcement.changes);
    }
  }

  /**
   * Tells what became of it. The memory of this server is right when this returns; the promise is for the others'.
   *
   * @param {Outcome} outcome
   * @returns {Promise<any> | null}
   */
  settle(outcome) {
    if (this.#settled) return this.#told;
    this.#settled = true;
    const rest = this.#changed.changes();
    const told = outcome === 'committed' ? this.#commit(rest) : this.#giveUp(outcome, rest);
    for (const act of this.#last.splice(0)) act();
    const waiting = told.filter((promise) => promise !== null);
    this.#told = waiting.length > 0 ? Promise.all(waiting) : null;
    return this.#told;
  }

  #commit(rest) {
    const late = rest.length > 0 ? [{ id: newId(), record: this.#recordOf(rest), hasRow: false }] : [];
    return [...this.#announced, ...late].map(({ id, record, hasRow }) =>
      record === null ? null : this.#announcements.committed(id, record, hasRow),
    );
  }

  #giveUp(outcome, rest) {
    const changes = merge([...this.#announced.flatMap((announcement) => announcement.changes), ...rest]);
    if (changes.length === 0) return [];
    const hasRow = rest.length === 0 && this.#announced.every((announcement) => announcement.hasRow);
    if (outcome === 'unknown') return [this.#announcements.unknown(changes, hasRow)];
    this.#announcements.rolledBack(changes);
    return [];
  }

  /** What has changed since this was last asked, and what running writes may change. */
  #take() {
    const changed = this.#changed;
    this.#changed = new Merged();
    for (const [write, mayChange] of this.#running) {
      changed.add(mayChange());
      // Said once. When it ends it counts by itself.
      this.#running.delete(write);
    }
    return changed.changes();
  }

  /** Null if there is none: then all is evicted when the transaction settles. */
  #recordOf(changes) {
    try {
      return this.#announcements.record(changes);
    } catch (error) {
      this.last(() => this.#announcements.everything(error));
      return null;
    }
  }
}

module.exports = { Pending };
