'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const { loadNative } = require('./engine/native');
const { openCache } = require('./engine/cache');
const { resolveConfig } = require('./config/resolve');
const { AudienceBook } = require('./audience/audience-book');
const { foreignCodeOf } = require('./foreign/watch');
const { createLog } = require('./log');
const { Early } = require('./writes/early');

/**
 * What the plugin holds for one Strapi. Kept by instance and not in modules: a process may boot several, one after the
 * other in a test or side by side.
 *
 * @typedef {object} Plugin
 * @property {any} strapi
 * @property {ReturnType<typeof createLog>} log
 * @property {import('./config/resolve').Config} config
 * @property {import('./engine/cache').Cache | null} cache null when nothing can be cached: the addon is missing, or
 *   `bypass` is set
 * @property {string | null} bypass why nothing is cached, as in `X-Pfapi-Cache`
 * @property {AudienceBook} audiences
 * @property {Map<string, any>} sources what has been defined, by name
 * @property {Map<string, any>} handles the handles, compiled: by their name, those of content types by uid
 * @property {Map<string, string>} pluralNames content types by plural name
 * @property {<A extends any[], R>(fn: (...args: A) => R, ...args: A) => R} inOwnContext runs a function in the async context of boot
 * @property {any} writes the write seam; null only where the write methods are not those of the Strapi we know
 * @property {import('./foreign/foreign-code').ForeignCode} foreign code that is not Strapi's own and takes part in reads
 * @property {Awaited<ReturnType<typeof import('./outbox/open').openOutbox>> | null} outbox the way to other processes on the
 *   database; there from bootstrap on, with a cache or without, unless it is switched off or cannot be had
 * @property {import('./writes/early').Early | null} early what was written before the outbox was there
 * @property {(() => Promise<void>) | null} leave ends the following of other processes
 * @property {boolean} signsUrls whether media URLs are signed
 */

/** @type {WeakMap<object, Plugin>} */
const plugins = new WeakMap();

/** Makes the plugin's state for this Strapi. Called once, in register. */
function createPlugin(strapi) {
  const log = createLog(strapi);
  const config = resolveConfig(strapi.config.get('plugin::pfapi') ?? {});
  const { native, reason } = loadNative();
  if (!native) log.warn('PFAPI_ADDON_MISSING', reason);
  if (config.bypass)
    log.warn('PFAPI_BYPASS', 'the option bypass is set: every request is answered uncached.');
  const usable = Boolean(native) && !config.bypass;
  /** @type {Plugin} */
  const plugin = {
    strapi,
    log,
    config,
    cache: usable ? openCache(native, strapi, config) : null,
    bypass: usable ? null : native ? 'switched-off' : 'addon-missing',
    audiences: new AudienceBook(),
    sources: new Map(),
    handles: new Map(),
    pluralNames: new Map(),
    // The context of boot: it belongs to no request and to no transaction.
    inOwnContext: AsyncLocalStorage.snapshot(),
    writes: null,
    outbox: null,
    early: config.outbox.enabled ? new Early() : null,
    leave: null,
    foreign: foreignCodeOf(strapi),
    signsUrls: true,
  };
  plugins.set(strapi, plugin);
  return plugin;
}

/** @returns {Plugin} */
function pluginOf(strapi) {
  const plugin = plugins.get(strapi);
  if (!plugin)
    throw new Error('PFAPI_NOT_REGISTERED: the plugin pfapi has not been registered with this Strapi.');
  return plugin;
}

module.exports = { createPlugin, pluginOf };
