'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const { currentScope } = require('../reads/scope');
const { recordOfEverything } = require('../outbox/record');
const { Announcements } = require('./announcements');
const { changeOf } = require('./change');
const { newId } = require('./change-id');
const { isLost } = require('./lost');
const { Transactions } = require('./transactions');

/** The write that the running code is inside of. @type {AsyncLocalStorage<Operation>} */
const current = new AsyncLocalStorage();

const METHODS = [
  ...['create', 'createMany', 'update', 'updateMany', 'delete', 'deleteMany'],
  ...['attachRelations', 'updateRelations', 'deleteRelations'],
];

/** One call of the entity manager, and what its lifecycle event said of it. */
class Operation {
  constructor(method, uid, args) {
    this.method = method;
    this.uid = uid;
    this.args = args;
    /** @type {any} the result that the lifecycle event or the call itself gave */
    this.result = undefined;
    this.reported = false;
    /** @type {any} what it threw */
    this.error = null;
    /** @type {import('./pending').Pending | null} the transaction that it is in */
    this.pending = null;
    /** @type {{ all: any, one: import('../outbox/intent').Intent } | null} what was announced, if it is in none */
    this.intent = null;
  }

  report(result) {
    this.result = result;
    this.reported = true;
  }
}

/**
 * Sees every write that goes through Strapi, and applies it to the cache when it settles, before the writer's promise
 * resolves.
 *
 * Lifecycle events say what changed. They fire before COMMIT, a hook of the user's that throws hides them, and they
 * can be switched off; so wrappers around the entity manager's write methods make sure that each write counts: what no
 * event and no result describes counts as a change of the whole type. Never throws into a write, never fails one.
 */
function installWriteSeam(plugin) {
  const { db } = plugin.strapi;
  const seam = new Seam(plugin);
  for (const method of METHODS) {
    // Before the first is wrapped: a write must not be followed in part.
    if (typeof db.entityManager[method] !== 'function')
      throw new Error(`This Strapi has no entityManager.${method}.`);
  }
  for (const method of METHODS) wrapWrite(db.entityManager, method, seam);
  db.lifecycles.subscribe(reports());
  plugin.writes = seam;
}

class Seam {
  #plugin;
  #announcements;
  #transactions;
  /** Requests that have written: they are answered past the cache from then on. */
  #writers = new WeakSet();

  constructor(plugin) {
    this.#plugin = plugin;
    this.#announcements = new Announcements(plugin);
    this.#transactions = new Transactions(plugin.strapi.db, this.#announcements);
  }

  /** A write begins. Gives a promise if it must wait until the others could learn of it. */
  begin(operation) {
    try {
      const scope = currentScope();
      if (scope) scope.wrote = true;
      const ctx = this.#plugin.strapi.requestContext.get();
      if (ctx) this.#writers.add(ctx);
      // Relations written by themselves are written in a transaction that Strapi's context does not know.
      const given = operation.method.endsWith('Relations') ? operation.args.at(-1)?.transaction : undefined;
      // What an event will say is not known yet.
      const mayChange = () =>
        changeOf(this.#plugin.strapi, { ...operation, result: undefined, reported: false });
      operation.pending = this.#transactions.pending(given);
      if (operation.pending) {
        operation.pending.begin(operation, mayChange);
        return null;
      }
      const all = this.#announcements.outbox?.intents;
      if (!all) return null;
      operation.intent = { all, one: all.begin(mayChange()) };
      return operation.intent.one.ready;
    } catch (error) {
      this.#announcements.everything(error);
      return null;
    }
  }

  /** The write is over, well or not. Gives a promise if its writer must wait until the others have been told. */
  end(operation) {
    const { uid, pending } = operation;
    /** @type {import('./change').Change} */
    let change = { uid, rows: null, edges: [] };
    try {
      change = changeOf(this.#plugin.strapi, operation);
    } catch (error) {
      if (pending) pending.last(() => this.#announcements.everything(error));
      else this.#announcements.everything(error);
    }
    if (pending?.end(operation, change)) return null;
    return this.#autocommitted(operation, change);
  }

  /** Whether a request may be answered from the cache: not if it wrote, and not inside a transaction. */
  mayUseCache(ctx) {
    return !this.#plugin.strapi.db.inTransaction() && !(ctx && this.#writers.has(ctx));
  }

  purge() {
    return this.#announcements.purge();
  }

  /** Tells now what was to be told later. */
  close() {
    return this.#announcements.close();
  }

  #autocommitted({ intent, error, pending }, change) {
    // Nobody was told before: afterwards they are told all that it may have been.
    if (intent && !intent.one.durable) change.rows = null;
    const id = newId();
    let record;
    let told = null;
    try {
      record = this.#announcements.record([change]);
      told = this.#announcements.committed(id, record, Boolean(intent));
    } catch (fault) {
      this.#announcements.everything(fault);
      // For the intent.
      record ??= recordOfEverything('unreadable-write');
    }
    const late = !pending && isLost(error);
    if (late) this.#announcements.again([change], Boolean(intent));
    const settled = intent ? intent.all.end(intent.one, change, id, record, late) : null;
    return told && settled ? Promise.all([told, settled]) : (told ?? settled);
  }
}

function wrapWrite(entityManager, method, seam) {
  const original = entityManager[method];
  entityManager[method] = async function followed(uid, ...args) {
    const outer = current.getStore();
    // create() and update() write their relations through these: part of the same write.
    if (outer?.uid === uid && method.endsWith('Relations')) return original.call(this, uid, ...args);
    const operation = new Operation(method, uid, args);
    const announced = seam.begin(operation);
    if (announced) await announced;
    try {
      const result = await current.run(operation, () => original.call(this, uid, ...args));
      if (!operation.reported) operation.report(result);
      return result;
    } catch (error) {
      operation.error = error;
      throw error;
    } finally {
      const told = seam.end(operation);
      if (told) await told;
    }
  };
}

/** A subscriber that hands each event's result to the write it belongs to. */
function reports() {
  const report = ({ model, result }) => {
    const operation = current.getStore();
    if (operation && operation.uid === model.uid) operation.report(result);
  };
  return {
    afterCreate: report,
    afterCreateMany: report,
    afterUpdate: report,
    afterUpdateMany: report,
    afterDelete: report,
    afterDeleteMany: report,
  };
}

module.exports = { installWriteSeam };
