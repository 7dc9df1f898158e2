'use strict';

// The fixture app: the environment one boot of it needs, and the boot itself.
const fs = require('fs');
const path = require('path');
const { createStrapi } = require('@strapi/strapi');

const APP_DIR = path.resolve(__dirname, '../app');
const BASE_ENV = { STRAPI_TELEMETRY_DISABLED: 'true', PORT: '0' };

const pluginEnv = (plugin) => {
  if (!plugin) return {};
  return { PFAPI_TEST_CONFIG: JSON.stringify(plugin === true ? {} : plugin) };
};

/**
 * database: that of createDatabaseEnv()
 * plugin: false (not declared), true (its defaults) or the plugin's config
 * directory: a folder of this boot's own, for uploads
 */
exports.createAppEnv = ({ database, plugin, env, directory }) => {
  const publicFolder = path.join(directory, 'public');
  fs.mkdirSync(path.join(publicFolder, 'uploads'), { recursive: true });
  return { ...BASE_ENV, ...database, PUBLIC_DIR: publicFolder, ...pluginEnv(plugin), ...env };
};

/** Not booted yet; process.env must hold createAppEnv(). */
exports.createApp = () => {
  const strapi = createStrapi({
    appDir: APP_DIR,
    distDir: APP_DIR,
    autoReload: false,
    serveAdminPanel: false,
  });
  // Written by createStrapi() even with update notifications off.
  fs.rmSync(path.join(APP_DIR, '.strapi-updater.json'), { force: true });
  return strapi;
};

/** Boots it. @returns its URL */
exports.listen = async (strapi, { plugin }) => {
  await strapi.load();
  // Strapi passes over a plugin whose server entry is missing without a word.
  if (plugin && !strapi.plugin('pfapi')) throw new Error('Strapi did not load the plugin pfapi.');
  await strapi.listen();
  return `http://127.0.0.1:${strapi.server.httpServer.address().port}`;
};
