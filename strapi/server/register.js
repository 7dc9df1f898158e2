'use strict';

const { createPlugin } = require('./plugin');
const { addRoutes } = require('./handles/routes');
const { addMetricsRoute } = require('./metrics/route');
const { observeReads } = require('./reads/observe');
const { installWriteSeam } = require('./writes/seam');

/** Before the database is initialised: what must be in place before the first read or write of content. */
module.exports = ({ strapi }) => {
  const plugin = createPlugin(strapi);
  addRoutes(plugin);
  addMetricsRoute(plugin);
  if (!plugin.cache) return;
  // What cannot be wrapped or watched cannot be trusted: then nothing is cached.
  try {
    installWriteSeam(plugin);
    observeReads(plugin);
    if (plugin.foreign.fault) throw new Error(plugin.foreign.fault);
  } catch (error) {
    plugin.cache = null;
    plugin.bypass = 'unknown-strapi';
    plugin.log.warn('PFAPI_UNKNOWN_STRAPI', `${error.message} Strapi answers uncached.`);
    return;
  }
  plugin.foreign.listen((what) => {
    plugin.log.warn(
      'PFAPI_FOREIGN_READS',
      `${what} may shape what callers get, so answers are not cached, but for handles that say shared: true.`,
    );
    // What is in memory was made without this code.
    plugin.cache?.applyEverything();
  });
};
