'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');

/**
 * Which fetch the running code belongs to. One scope per fetch and not per request: parts of one answer may be fetched
 * side by side, and a refresh belongs to no request.
 *
 * @type {AsyncLocalStorage<{ scope: FetchScope, inRead: boolean }>}
 */
const current = new AsyncLocalStorage();

/** What one fetch read. */
class FetchScope {
  /** @type {Map<string, { kind: string, uid: string, id?: string }>} */
  #reads = new Map();
  #declared = false;
  foreignSql = false;
  wrote = false;
  /** The answer must not be kept. */
  noStore = false;
  /** Seconds that the shortest-lived part of the answer is good for. */
  ttl = Infinity;

  run(fn) {
    return current.run({ scope: this, inRead: false }, fn);
  }

  document(uid, id) {
    this.#add('document', uid, String(id));
  }

  list(uid) {
    this.#add('list', uid);
  }

  /** A relation to `uid` was followed; "*" when the relation names no type. */
  edge(uid) {
    this.#add('edge', uid);
  }

  any(uid) {
    this.#add('any', uid);
  }

  #add(kind, uid, id) {
    const key = `${kind}\n${uid}\n${id ?? ''}`;
    if (!this.#reads.has(key)) this.#reads.set(key, id === undefined ? { kind, uid } : { kind, uid, id });
  }

  /** Adds what a Refreshable says its answer depends on. */
  declare(dependencies) {
    this.#declared = true;
    for (const { uid, id } of dependencies) {
      if (id === undefined) this.any(uid);
      else this.document(uid, id);
    }
  }

  /** Whether anything of a type was read. */
  touches(uid) {
    return [...this.#reads.values()].some((read) => read.uid === uid);
  }

  /**
   * Takes in what a part of the answer was made from: a fetch inside of this one.
   *
   * @param {FetchScope} part
   * @param {number | undefined} ttl seconds that its source says it is good for
   */
  absorb(part, ttl) {
    const known = part.#declared || ttl !== undefined;
    for (const [key, read] of part.#reads) this.#reads.set(key, read);
    this.#declared ||= part.#declared;
    this.wrote ||= part.wrote;
    this.noStore ||= part.noStore || (!known && (part.foreignSql || part.#reads.size === 0));
    this.ttl = Math.min(this.ttl, part.ttl, ttl ?? Infinity);
  }

  /** As the addon wants it. */
  toJSON() {
    return {
      reads: [...this.#reads.values()],
      declared: this.#declared,
      foreignSql: this.foreignSql,
      wrote: this.wrote,
      noStore: this.noStore,
    };
  }
}

/** The scope of the running fetch, if any. */
const currentScope = () => current.getStore()?.scope;

/** Runs `fn` so that its SQL counts as part of an observed read. */
function insideRead(fn) {
  const frame = current.getStore();
  return frame ? current.run({ scope: frame.scope, inRead: true }, fn) : fn();
}

/** Runs code that is called from inside an observed read but is not part of it: a lifecycle hook. */
function outsideRead(fn) {
  const frame = current.getStore();
  return frame?.inRead ? current.run({ scope: frame.scope, inRead: false }, fn) : fn();
}

/** The scope, if SQL that runs now belongs to no observed read. */
function scopeOfForeignSql() {
  const frame = current.getStore();
  return frame && !frame.inRead ? frame.scope : undefined;
}

module.exports = { FetchScope, currentScope, insideRead, outsideRead, scopeOfForeignSql };
