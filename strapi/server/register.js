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
  // Also without a cache: other servers may have one, and must learn of what is written here.
  try {
    installWriteSeam(plugin);
  } catch (error) {
    giveUp(plugin, `${error.message} Strapi answers uncached, and other servers do not learn of its writes.`);
  }
  if (!plugin.cache) return;
  // What cannot be wrapped or watched cannot be trusted: then nothing is cached.
  try {
    observeReads(plugin);
    if (plugin.foreign.fault) throw new Error(plugin.foreign.fault);
  } catch (error) {
    giveUp(plugin, `${error.message} Strapi answers uncached.`);
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

function giveUp(plugin, why) {
  plugin.cache = null;
  plugin.bypass ??= 'unknown-strapi';
  plugin.log.warn('PFAPI_UNKNOWN_STRAPI', why);
}
