'use strict';

const { statsOf } = require('../metrics/stats');
const { define } = require('../refreshable/define');

/** `strapi.plugin('pfapi').service('cache')`; documented as `CacheService` in index.d.ts. */
module.exports = ({ strapi }) => {
  const plugin = () => require('../plugin').pluginOf(strapi);
  return {
    define: (refreshable) => define(plugin(), refreshable),
    stats: () => statsOf(plugin()),
    // Where writes cannot be followed nothing is cached, and nobody is told of anything.
    purge: async () => plugin().writes?.purge(),
  };
};
