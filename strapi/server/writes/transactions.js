'use strict';

const { Pending } = require('./pending');

/**
 * Finds the transaction that a write is in, and follows it to its end.
 *
 * Hooks the knex transaction itself, at the first write seen in it: Strapi's own `onCommit` callbacks run after COMMIT
 * in the order of their registration (webhooks start there, and must not outrun the cache), one that throws skips the
 * rest, and they are not run at all when the connection breaks.
 */
class Transactions {
  #db;
  #announcements;
  /** @type {WeakMap<object, Pending>} */
  #pending = new WeakMap();

  /** @param {any} db @param {import('./announcements').Announcements} announcements */
  constructor(db, announcements) {
    this.#db = db;
    this.#announcements = announcements;
  }

  /**
   * What is held back for the transaction that the running code is in; null if it is in none.
   *
   * @param {any} [given] the knex transaction that the write was told to use
   */
  pending(given) {
    const trx = given ?? this.#current();
    if (!trx || trx.isCompleted?.()) return null;
    let pending = this.#pending.get(trx);
    if (!pending) {
      pending = new Pending(this.#announcements);
      this.#pending.set(trx, pending);
      follow(trx, pending);
    }
    return pending;
  }

  /**
   * The knex transaction that the running code is in. Strapi keeps it to itself, but gives it to a nested
   * `transaction(callback)`, which calls back at once and settles nothing.
   */
  #current() {
    if (!this.#db.inTransaction()) return undefined;
    let current;
    this.#db.transaction(({ trx }) => {
      current = trx;
    });
    return current;
  }
}

/**
 * Announces before COMMIT and tells the outcome after it: before the promise of `commit()` resolves, and so before
 * Strapi's callbacks and before the writer has its answer.
 *
 * @param {any} trx @param {Pending} pending
 */
function follow(trx, pending) {
  const { commit, rollback } = trx;
  /** @type {Promise<void> | undefined} */
  let announced;
  let ending = false;
  let sent = false;
  let refused = false;

  trx.commit = async (...args) => {
    ending = true;
    try {
      await (announced ??= pending.announce(trx));
    } catch (error) {
      // The database has rolled it back. A COMMIT would now succeed, and hide that from the user.
      await trx.rollback();
      throw error;
    }
    sent = true;
    /** @type {import('./pending').Outcome} */
    let outcome = 'unknown';
    try {
      const value = await commit.apply(trx, args);
      // knex resolves even if the database refused.
      if (!refused) outcome = 'committed';
      return value;
    } finally {
      await pending.settle(outcome);
    }
  };

  trx.rollback = async (...args) => {
    ending = true;
    try {
      return await rollback.apply(trx, args);
    } finally {
      if (!sent) pending.settle('rolled back');
    }
  };

  // The ways out that go through neither: a broken connection, and someone who kept the original methods.
  trx.executionPromise?.then(
    () => {
      if (!ending) pending.settle('unknown');
    },
    () => {
      refused = true;
      if (sent) pending.settle('unknown');
      else if (!ending) pending.settle('rolled back');
    },
  );
}

module.exports = { Transactions };
