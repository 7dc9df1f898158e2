'use strict';

const { createHash, randomUUID } = require('node:crypto');

const SECOND = 1000;

/**
 * The native cache as the rest of the plugin sees it: objects in, objects out; JSON and units are settled here.
 *
 * @typedef {ReturnType<typeof openCache>} Cache
 */
function openCache(native, strapi, config) {
  const { maxBytes, maxEntryBytes, maxPermanentBytes } = config.local;
  const limits = { maxBytes, maxEntryBytes, maxPermanentBytes, fetchTimeout: config.fetchTimeout };
  const cache = new native.Cache(nameOf(strapi), JSON.stringify(limits));
  return {
    /** Answers a request from memory, or gives null. */
    reply: cache.reader(config.outcomeHeader),

    /** Registers a Refreshable. */
    source: (spec, getData) => cache.source(JSON.stringify(spec), getData),

    beginAudience: () => cache.beginAudience(),

    /** Applies the changes of one settled transaction, now. */
    apply: (changes) => cache.apply(JSON.stringify(changes)),

    applyEverything: () => cache.applyEverything(),

    stats: () => JSON.parse(cache.stats()),

    clear: () => cache.clear(),
  };
}

/**
 * Worker threads of one process share an engine; two projects in one process must not, nor two boots with another
 * configuration. So the name is made of what tells them apart. It is a hash: the connection has a password.
 */
function nameOf(strapi) {
  const { connection } = strapi.config.get('database') ?? {};
  if (typeof connection?.connection === 'function') return randomUUID();
  const identity = [
    strapi.dirs.app.root,
    connection?.client,
    connection?.connection,
    strapi.config.get('plugin::pfapi'),
  ];
  return createHash('sha256').update(JSON.stringify(identity)).digest('base64url');
}

/** The terms of a Refreshable's answers, as the addon wants them: milliseconds, but for `Cache-Control`. */
function termsOf(terms) {
  return {
    ttl: terms.ttl * SECOND,
    localTtl: terms.localTtl * SECOND,
    permanent: terms.permanent,
    evict: terms.evict,
    cacheControl: terms.cacheControl,
  };
}

module.exports = { openCache, termsOf };
