'use strict';

const { pluginOf } = require('./plugin');
const { compileHandles } = require('./handles/handles');
const { inspectSchema } = require('./foreign/watch');
const { joinServers } = require('./servers/join');

/** After the schema is known: handles are checked against it, and a mistake stops Strapi here. */
module.exports = async ({ strapi }) => {
  const plugin = pluginOf(strapi);
  compileHandles(plugin);
  inspectSchema(strapi, plugin.foreign);
  plugin.signsUrls = await signsUrls(strapi);
  await joinServers(plugin);
};

/** Whether media URLs are signed, each time anew and for a while only: such answers are not kept. */
async function signsUrls(strapi) {
  try {
    return Boolean(await strapi.plugin('upload')?.provider?.isPrivate?.());
  } catch {
    return true;
  }
}
