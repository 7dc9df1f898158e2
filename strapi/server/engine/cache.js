'use strict';

const { engineName } = require('./identity');

const SECOND = 1000;

/**
 * The native cache as the rest of the plugin sees it: objects in, objects out; JSON and units are settled here.
 *
 * @typedef {ReturnType<typeof openCache>} Cache
 */
function openCache(native, strapi, config) {
  const { maxBytes, maxEntryBytes, maxPermanentBytes } = config.local;
  const limits = { maxBytes, maxEntryBytes, maxPermanentBytes, fetchTimeout: config.fetchTimeout };
  const cache = new native.Cache(engineName(strapi), JSON.stringify(limits), JSON.stringify(logOf(config)));
  return {
    /** Answers a request from memory, or gives null. */
    reply: cache.reader(config.outcomeHeader),

    /** Registers a Refreshable. */
    source: (spec, getData) => cache.source(JSON.stringify(spec), getData),

    beginAudience: () => cache.beginAudience(),

    /** The record by which other processes learn of changes; a text. */
    record: (changes) => cache.record(JSON.stringify(changes)),

    /**
     * Applies a change that has been committed, or may have been, at once. The promise is there when it is on its way
     * to other servers; it never rejects, and resolves after 250 ms at the latest.
     */
    commit: (id, record) => cache.commit(id, record),

    /** Says that a row about to be written is no news here: it tells together what was told one by one. */
    know: (id) => cache.know(id),

    /** Applies changes that no other process can see, now. */
    apply: (changes) => cache.apply(JSON.stringify(changes)),

    applyEverything: () => cache.applyEverything(),

    /** Starts to follow other processes; gives a number for `leave`. */
    join: (store, redis) => cache.join(store, redis ? JSON.stringify(redis) : undefined),

    leave: (member) => cache.leave(member),

    /** Whether answers from memory may be served now. */
    isOnline: () => cache.isOnline(),

    /** Whether answers from memory may be served within so many milliseconds. */
    onlineWithin: (limit) => cache.onlineWithin(limit),

    stats: () => JSON.parse(cache.stats()),

    clear: () => cache.clear(),
  };
}

/** How the cache follows other processes, as the addon wants it. */
function logOf({ redis, outbox, maxStaleOffline, mirrorBytes }) {
  const { pollInterval, longestWrite } = outbox;
  return {
    redis: redis !== null,
    outbox: outbox.enabled ? { pollInterval, longestWrite: longestWrite * SECOND } : null,
    maxStaleOffline,
    mirrorBytes,
  };
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
