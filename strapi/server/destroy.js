'use strict';

const { pluginOf } = require('./plugin');

/**
 * Strapi is going, and answers requests until its server is closed: those past the cache, so that nothing of this
 * instance is left to a later one of the same name.
 */
module.exports = async ({ strapi }) => {
  const plugin = pluginOf(strapi);
  plugin.bypass ??= 'closing';
  await plugin.leave?.();
  plugin.cache?.clear();
};
