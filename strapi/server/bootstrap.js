'use strict';

const { pluginOf } = require('./plugin');
const { compileHandles } = require('./handles/handles');
const { inspectSchema } = require('./foreign/watch');

/** After the schema is known: handles are checked against it, and a mistake stops Strapi here. */
module.exports = async ({ strapi }) => {
  const plugin = pluginOf(strapi);
  compileHandles(plugin);
  inspectSchema(strapi, plugin.foreign);
  plugin.signsUrls = await signsUrls(strapi);
};

/** Whether media URLs are signed, each time anew and for a while only: such answers are not kept. */
async function signsUrls(strapi) {
  try {
    return Boolean(await strapi.plugin('upload')?.provider?.isPrivate?.());
  } catch {
    return true;
  }
}
