'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const { currentScope } = require('../reads/scope');
const { changeOf } = require('./change');
const { Transactions } = require('./transactions');

/** The write that the running code is inside of. @type {AsyncLocalStorage<Operation>} */
const current = new AsyncLocalStorage();

/** One call of the entity manager, and what its lifecycle event said of it. */
class Operation {
  constructor(method, uid, args) {
    this.method = method;
    this.uid = uid;
    this.args = args;
    /** @type {any} the result that the lifecycle event or the call itself gave */
    this.result = undefined;
    this.reported = false;
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
  for (const method of ['create', 'createMany', 'update', 'updateMany', 'delete', 'deleteMany']) {
    wrapWrite(db.entityManager, method, seam);
  }
  for (const method of ['attachRelations', 'updateRelations', 'deleteRelations']) {
    wrapWrite(db.entityManager, method, seam);
  }
  db.lifecycles.subscribe(reports());
  plugin.writes = seam;
}

class Seam {
  #plugin;
  #transactions;
  /** Requests that have written: they are answered past the cache from then on. */
  #writers = new WeakSet();

  constructor(plugin) {
    this.#plugin = plugin;
    this.#transactions = new Transactions(plugin.strapi.db, (changes) => this.#apply(changes));
  }

  /** A write begins. */
  begin() {
    try {
      const scope = currentScope();
      if (scope) scope.wrote = true;
      const ctx = this.#plugin.strapi.requestContext.get();
      if (ctx) this.#writers.add(ctx);
    } catch (error) {
      this.#everything(error);
    }
  }

  /** The write is over, well or not. */
  end(operation) {
    try {
      // Relations written by themselves are written in a transaction that Strapi's context does not know.
      const given = operation.method.endsWith('Relations') ? operation.args.at(-1)?.transaction : undefined;
      this.#transactions.record(changeOf(this.#plugin.strapi, operation), given);
    } catch (error) {
      this.#transactions.whenSettled(() => this.#everything(error));
    }
  }

  /** Whether a request may be answered from the cache: not if it wrote, and not inside a transaction. */
  mayUseCache(ctx) {
    return !this.#plugin.strapi.db.inTransaction() && !(ctx && this.#writers.has(ctx));
  }

  #apply(changes) {
    try {
      this.#plugin.cache?.apply(changes);
    } catch (error) {
      this.#everything(error);
    }
  }

  /** What cannot be told apart counts as a change of everything. */
  #everything(error) {
    this.#plugin.log.error(
      'PFAPI_WRITE_UNREADABLE',
      `a write could not be followed, so all is evicted: ${error.stack}`,
    );
    try {
      this.#plugin.cache?.applyEverything();
    } catch (fault) {
      this.#plugin.cache = null;
      this.#plugin.bypass = 'fault';
      this.#plugin.log.error('PFAPI_FAULT', `the cache does not answer and is switched off: ${fault.stack}`);
    }
  }
}

function wrapWrite(entityManager, method, seam) {
  const original = entityManager[method];
  if (typeof original !== 'function') throw new Error(`This Strapi has no entityManager.${method}.`);
  entityManager[method] = async function followed(uid, ...args) {
    const outer = current.getStore();
    // create() and update() write their relations through these: part of the same write.
    if (outer?.uid === uid && method.endsWith('Relations')) return original.call(this, uid, ...args);
    const operation = new Operation(method, uid, args);
    seam.begin();
    try {
      const result = await current.run(operation, () => original.call(this, uid, ...args));
      if (!operation.reported) operation.report(result);
      return result;
    } finally {
      seam.end(operation);
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
