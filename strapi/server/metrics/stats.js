'use strict';

/** What the cache has done and where it stands; documented as `CacheStats` in index.d.ts. */
function statsOf(plugin) {
  const { cache, bypass, outbox } = plugin;
  if (!cache) return { state: 'bypass', reason: bypass };
  return { state: 'caching', ...cache.stats(), outbox: outbox?.stats() ?? null };
}

module.exports = { statsOf };
