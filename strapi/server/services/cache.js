'use strict';

const { define } = require('../refreshable/define');

/** `strapi.plugin('pfapi').service('cache')`; documented as `CacheService` in index.d.ts. */
module.exports = ({ strapi }) => {
  const plugin = () => require('../plugin').pluginOf(strapi);
  return {
    define: (refreshable) => define(plugin(), refreshable),
    stats() {
      const { cache, bypass } = plugin();
      return cache ? { state: 'caching', ...cache.stats() } : { state: 'bypass', reason: bypass };
    },
  };
};
