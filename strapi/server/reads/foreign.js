'use strict';

/**
 * Code that is not Strapi's own and takes part in reads: middlewares of the Document Service and read lifecycles. It
 * may give each caller something else (a tenant's rows, a user's own), which no key of ours would tell apart. Where
 * there is such code, answers are not shared unless the handle says `shared: true`.
 */

const STRAPI_PACKAGE = /[\\/]@strapi[\\/]/;

/** Notes every Document Service middleware that is registered from now on by code outside of Strapi's packages. */
function watchForeignReads(plugin) {
  const { documents } = plugin.strapi;
  const use = documents.use;
  if (typeof use !== 'function') throw new Error('This Strapi has no documents.use.');
  documents.use = function useWatched(...args) {
    const caller = callerOf(useWatched);
    if (!STRAPI_PACKAGE.test(caller)) found(plugin, `documents.use at ${caller}`);
    return use.apply(this, args);
  };
}

/** Notes every lifecycle subscriber that takes part in reads and is added from now on by code outside of Strapi's. */
function watchForeignSubscribers(plugin) {
  const { lifecycles } = plugin.strapi.db;
  const subscribe = lifecycles.subscribe;
  lifecycles.subscribe = function subscribeWatched(subscriber, ...rest) {
    const caller = callerOf(subscribeWatched);
    // A function gets every event, reads among them.
    const reads = typeof subscriber === 'function' || readHooksOf(subscriber).length > 0;
    if (reads && !STRAPI_PACKAGE.test(caller)) found(plugin, `lifecycles.subscribe at ${caller}`);
    return subscribe.call(this, subscriber, ...rest);
  };
}

function found(plugin, what) {
  plugin.foreignReads.push(what);
  plugin.log.warn(
    'PFAPI_FOREIGN_READS',
    `${what} may shape what callers get, so answers are not cached, but for handles that say shared: true.`,
  );
  // What is in memory was made without this code.
  plugin.cache?.applyEverything();
}

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

/** The content types whose own lifecycles file has read hooks. Known once the schema is loaded. */
function foreignReadHooks(plugin) {
  for (const [uid, type] of Object.entries(plugin.strapi.contentTypes)) {
    const hooks = readHooksOf(type.lifecycles);
    if (hooks.length > 0) found(plugin, `${hooks.join(', ')} of ${uid}`);
  }
}

module.exports = { watchForeignReads, watchForeignSubscribers, foreignReadHooks };
