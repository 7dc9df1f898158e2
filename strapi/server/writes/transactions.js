'use strict';

/**
 * Holds back what a transaction changed until it settles.
 *
 * Hooks the knex transaction itself, at the first write seen in it: Strapi's own `onCommit` callbacks run after COMMIT
 * in the order of their registration (webhooks start there, and must not outrun the cache), one that throws skips the
 * rest, and they are not run at all when the connection breaks.
 */
class Transactions {
  #db;
  #apply;
  /** @type {WeakMap<object, Pending>} */
  #pending = new WeakMap();

  constructor(db, apply) {
    this.#db = db;
    this.#apply = apply;
  }

  /**
   * A write is over: applies its change now, or with the transaction it is in.
   *
   * @param {import('./change').Change} change
   * @param {any} [given] the knex transaction that the write was told to use
   */
  record(change, given) {
    const trx = given ?? this.#current();
    if (!trx || trx.isCompleted?.()) {
      this.#apply([change]);
      return;
    }
    this.#pendingOf(trx).add(change);
  }

  /** Does something when the running transaction settles; now, if there is none. */
  whenSettled(act) {
    const trx = this.#current();
    if (trx) this.#pendingOf(trx).last(act);
    else act();
  }

  #pendingOf(trx) {
    let pending = this.#pending.get(trx);
    if (!pending) {
      pending = new Pending(this.#apply);
      this.#pending.set(trx, pending);
      pending.follow(trx);
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

/** More rows of one type than this count as the whole type; the addon has the same bound. */
const MAX_ROWS = 200;

/** The changes of one transaction, one per type. */
class Pending {
  #apply;
  #settled = false;
  /** @type {Map<string, { rows: import('./change').Change['rows'], edges: Set<string> }>} */
  #changes = new Map();
  /** @type {(() => void)[]} */
  #last = [];

  constructor(apply) {
    this.#apply = apply;
  }

  add(change) {
    // A write that nobody waited for may end after its transaction.
    if (this.#settled) {
      this.#apply([change]);
      return;
    }
    const { uid, rows, edges } = change;
    const known = this.#changes.get(uid) ?? { rows: [], edges: new Set() };
    this.#changes.set(uid, known);
    for (const edge of edges) known.edges.add(edge);
    const both = known.rows && rows ? [...known.rows, ...rows] : null;
    known.rows = both && both.length <= MAX_ROWS ? both : null;
  }

  /** Does something after all the changes. */
  last(act) {
    if (this.#settled) act();
    else this.#last.push(act);
  }

  /** Whatever the outcome, committed, rolled back or unknown: all that was touched counts as changed. */
  #settle() {
    if (this.#settled) return;
    this.#settled = true;
    const changes = [...this.#changes].map(([uid, { rows, edges }]) => ({ uid, rows, edges: [...edges] }));
    this.#changes.clear();
    if (changes.length > 0) this.#apply(changes);
    for (const act of this.#last.splice(0)) act();
  }

  follow(trx) {
    for (const end of ['commit', 'rollback']) {
      const original = trx[end];
      trx[end] = async (...args) => {
        try {
          return await original.apply(trx, args);
        } finally {
          this.#settle();
        }
      };
    }
    // The way out that goes through neither: a broken connection.
    trx.executionPromise?.then(
      () => this.#settle(),
      () => this.#settle(),
    );
  }
}

module.exports = { Transactions };
