'use strict';

const { compileHandles } = require('./handles/handles');
const { foreignReadHooks } = require('./reads/foreign');
const { pluginOf } = require('./plugin');

/** After the schema is known: handles are checked against it, and a mistake stops Strapi here. */
module.exports = async ({ strapi }) => {
  const plugin = pluginOf(strapi);
  compileHandles(plugin);
  foreignReadHooks(plugin);
};
