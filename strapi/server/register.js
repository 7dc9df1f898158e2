'use strict';

const { createPlugin } = require('./plugin');
const { addRoutes } = require('./handles/routes');
const { observeReads } = require('./reads/observe');
const { watchForeignReads, watchForeignSubscribers } = require('./reads/foreign');
const { installWriteSeam } = require('./writes/seam');
const { watchStrategies } = require('./audience/authenticate');

/** Before the database is initialised: what must be in place before the first read or write of content. */
module.exports = ({ strapi }) => {
  const plugin = createPlugin(strapi);
  addRoutes(plugin);
  if (!plugin.cache) return;
  // What cannot be wrapped cannot be trusted: then nothing is cached.
  try {
    installWriteSeam(plugin);
    observeReads(plugin);
    watchForeignReads(plugin);
    watchForeignSubscribers(plugin);
    watchStrategies(plugin);
  } catch (error) {
    plugin.cache = null;
    plugin.bypass = 'unknown-strapi';
    plugin.log.warn('PFAPI_UNKNOWN_STRAPI', `${error.message} Strapi answers uncached.`);
  }
};
