'use strict';

const { ForeignCode } = require('./foreign-code');

/** @type {WeakMap<object, ForeignCode>} */
const watched = new WeakMap();

/**
 * Begins to note code that is not Strapi's own where it takes part in reads: middlewares of the Document Service, read
 * lifecycles, sanitizers and validators of the content API, ways to authenticate. Such code may give each caller
 * something else (a tenant's rows, a user's own), which no key of ours would tell apart.
 *
 * Strapi keeps these in closures and cannot be asked later, so this must begin before the first plugin registers
 * anything. The one call a plugin gets by then is for its default configuration.
 */
function watchForeignCode(strapi) {
  if (!strapi || watched.has(strapi)) return;
  const foreign = new ForeignCode();
  watched.set(strapi, foreign);
  try {
    watchMethod(strapi.documents, 'use', () => 'documents.use', foreign);
    watchMethod(strapi.db.lifecycles, 'subscribe', ([subscriber]) => readsOf(subscriber), foreign);
    watchMethod(strapi.get('auth'), 'register', strategyOf, foreign);
    for (const kind of ['sanitizers', 'validators']) {
      const registry = strapi.get(kind);
      for (const method of ['add', 'set']) {
        const named = ([path]) => (String(path).startsWith('content-api') ? `${kind}.${method}` : null);
        watchMethod(registry, method, named, foreign);
      }
    }
  } catch (error) {
    foreign.fault = error.message;
  }
}

/**
 * What has been found so far, of this Strapi. Where watching could begin only now, what came before counts as found.
 *
 * @returns {ForeignCode}
 */
function foreignCodeOf(strapi) {
  if (!watched.has(strapi)) {
    watchForeignCode(strapi);
    watched.get(strapi)?.found('code that was registered before pfapi could look');
  }
  return /** @type {ForeignCode} */ (watched.get(strapi));
}

/** Notes each call of a method that comes from outside of Strapi's packages. `describe` gives null for what is harmless. */
function watchMethod(object, method, describe, foreign) {
  const original = object?.[method];
  if (typeof original !== 'function') throw new Error(`This Strapi has no ${method} to register code with.`);
  object[method] = function watchedMethod(...args) {
    const what = describe(args);
    const caller = what && callerOf(watchedMethod);
    if (caller && !STRAPI_PACKAGE.test(caller)) foreign.found(`${what} at ${caller}`);
    return original.apply(this, args);
  };
}

const STRAPI_PACKAGE = /[\\/]node_modules[\\/]@strapi[\\/]/;

/** The file and line that called `fn`. */
function callerOf(fn) {
  const holder = {};
  Error.captureStackTrace(holder, fn);
  const line = /** @type {any} */ (holder).stack.split('\n')[1] ?? '';
  return line.trim().replace(/^at /, '');
}

const READ_HOOKS = [
  'beforeFindOne',
  'afterFindOne',
  'beforeFindMany',
  'afterFindMany',
  'beforeCount',
  'afterCount',
];

const readHooksOf = (hooks) => READ_HOOKS.filter((name) => typeof hooks?.[name] === 'function');

/** A lifecycle subscriber that takes part in reads; a function gets every event, reads among them. */
function readsOf(subscriber) {
  return typeof subscriber === 'function' || readHooksOf(subscriber).length > 0
    ? 'lifecycles.subscribe'
    : null;
}

/** A way to authenticate callers of the content API: it may look at more than `Authorization`. */
function strategyOf([type, strategy]) {
  const own = ['content-api-token', 'users-permissions'].includes(strategy?.name);
  return type === 'content-api' && !own ? `the authentication strategy "${strategy?.name}"` : null;
}

/** Notes the content types whose own lifecycles file has read hooks. Known once the schema is loaded. */
function inspectSchema(strapi, foreign) {
  for (const [uid, type] of Object.entries(strapi.contentTypes)) {
    const hooks = readHooksOf(type.lifecycles);
    if (hooks.length > 0) foreign.found(`${hooks.join(', ')} of ${uid}`);
  }
}

module.exports = { watchForeignCode, foreignCodeOf, inspectSchema };
