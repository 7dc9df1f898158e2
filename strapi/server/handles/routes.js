'use strict';

const { createController } = require('./controller');

/**
 * The routes of the handles. Added to Strapi's root router and not through the plugin's `routes`: those are put below
 * the plugin's name, where its admin routes will be, and could not follow the configured prefix.
 *
 * Every method comes here, so that a wrong one gets a 405. Authentication is asked for by the controller, only when
 * the answer is not in memory.
 */
function addRoutes(plugin) {
  const { prefix } = plugin.config;
  const controller = createController(plugin);
  const route = (path, handler) => ({
    method: 'ALL',
    path: `${prefix}${path}`,
    handler,
    info: { pluginName: 'pfapi' },
    config: { auth: false },
  });
  plugin.strapi.server.routes([
    route('/find-many/:handle', controller.findMany),
    route('/find-one/:handle/:id', controller.findOne),
    route('/get-count/:handle', controller.getCount),
  ]);
}

module.exports = { addRoutes };
