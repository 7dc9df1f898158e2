'use strict';

const { options } = require('./options');

/**
 * The configuration with every default filled in. Expects one that checkConfig has passed.
 *
 * @typedef {object} CacheControl
 * @property {boolean} public
 * @property {number} maxAge
 * @property {number | null} sMaxAge
 * @property {number | null} staleWhileRevalidate
 * @property {boolean} mustRevalidate
 *
 * @typedef {object} Terms
 * @property {number} ttl seconds
 * @property {number} localTtl seconds
 * @property {boolean} permanent
 * @property {boolean} evict
 * @property {CacheControl} cacheControl
 * @property {Partial<CacheControl>} said what of `cacheControl` the user has said, for others to say more over it
 *
 * @typedef {object} HandleConfig
 * @property {string} name
 * @property {string} uid
 * @property {string | null} idField
 * @property {Record<string, any>} params
 * @property {string[]} ignoreFields
 * @property {boolean} shared
 * @property {Terms} terms
 *
 * @typedef {ReturnType<typeof resolveConfig>} Config
 */
function resolveConfig(config) {
  const ttl = config.ttl ?? options.ttl.default;
  const local = withDefaults(config.local, options.local.options);
  const terms = {
    ttl,
    localTtl: Math.min(local.ttl, ttl),
    permanent: false,
    evict: true,
    cacheControl: cacheControlOf(present(config.cacheControl)),
    said: present(config.cacheControl),
  };
  return {
    prefix: config.prefix ?? options.prefix.default,
    bypass: config.bypass ?? options.bypass.default,
    outcomeHeader: config.outcomeHeader ?? options.outcomeHeader.default,
    fetchTimeout: config.fetchTimeout ?? options.fetchTimeout.default,
    local,
    redis: redisOf(config.redis ?? {}),
    outbox: withDefaults(config.outbox, options.outbox.options),
    maxStaleOffline: config.maxStaleOffline ?? options.maxStaleOffline.default,
    mirrorBytes: config.mirrorBytes ?? options.mirrorBytes.default,
    buildId: config.buildId ?? null,
    metricsToken: config.metrics?.token ?? null,
    terms,
    handles: Object.entries(config.handles ?? {}).map(([name, handle]) => handleOf(name, handle, terms)),
  };
}

/** What connects to Redis; null without one. */
function redisOf(redis) {
  if (redis.url === undefined || redis.url === null) return null;
  const { url, ...others } = withDefaults(redis, options.redis.options);
  const urls = Array.isArray(url) ? url : [url];
  return {
    ...others,
    urls,
    cluster: redis.cluster ?? Array.isArray(url),
    tls: redis.tls ? withDefaults(redis.tls, options.redis.options.tls.options) : null,
  };
}

/** @returns {HandleConfig} */
function handleOf(name, handle, terms) {
  return {
    name,
    uid: handle.uid,
    idField: handle.idField ?? null,
    params: handle.params ?? {},
    ignoreFields: handle.ignoreFields ?? [],
    shared: handle.shared ?? false,
    terms: termsWith(terms, handle),
  };
}

/** The plugin's terms with what a handle or a Refreshable says over them. */
function termsWith(terms, own) {
  const ttl = own.ttl ?? terms.ttl;
  const said = { ...terms.said, ...present(own.cacheControl) };
  return {
    ttl,
    localTtl: own.localTtl ?? Math.min(terms.localTtl, ttl),
    permanent: own.permanent ?? terms.permanent,
    evict: own.evict ?? terms.evict,
    cacheControl: cacheControlOf(said),
    said,
  };
}

/** @returns {CacheControl} */
function cacheControlOf(said) {
  const control = /** @type {CacheControl} */ (withDefaults(said, options.cacheControl.options));
  // RFC 5861: must-revalidate forbids what stale-while-revalidate allows, so it is the default only without it.
  return { ...control, mustRevalidate: said.mustRevalidate ?? control.staleWhileRevalidate === null };
}

/** What is really said: null in the place of an option is its default. */
const present = (given) =>
  Object.fromEntries(
    Object.entries(given ?? {}).filter(([, value]) => value !== null && value !== undefined),
  );

function withDefaults(given, group) {
  return Object.fromEntries(Object.entries(group).map(([key, node]) => [key, given?.[key] ?? node.default]));
}

module.exports = { resolveConfig, termsWith };
