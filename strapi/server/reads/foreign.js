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
    if (!STRAPI_PACKAGE.test(caller)) plugin.foreignReads.push(`documents.use at ${caller}`);
    return use.apply(this, args);
  };
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

/** The content types whose own lifecycles file has read hooks. Known once the schema is loaded. */
function foreignReadHooks(plugin) {
  for (const [uid, type] of Object.entries(plugin.strapi.contentTypes)) {
    const hooks = READ_HOOKS.filter((hook) => typeof type.lifecycles?.[hook] === 'function');
    if (hooks.length > 0) plugin.foreignReads.push(`${hooks.join(', ')} of ${uid}`);
  }
}

module.exports = { watchForeignReads, foreignReadHooks };
