'use strict';

// Boots the fixture app inside this process, on a database and a port of its own.
const fs = require('fs');
const os = require('os');
const path = require('path');
const { createStrapi } = require('@strapi/strapi');
const { createAccess } = require('./access');
const { createDatabaseEnv } = require('./databases');
const { request } = require('./http');
const { countQueries } = require('./queries');

const APP_DIR = path.resolve(__dirname, '../app');
const BASE_ENV = { STRAPI_TELEMETRY_DISABLED: 'true', PORT: '0' };

const pluginEnv = (plugin) => {
  if (!plugin) return {};
  return { PFAPI_TEST_CONFIG: JSON.stringify(plugin === true ? {} : plugin) };
};

/** Sets variables and returns the function that puts back what was there. */
const setEnv = (values) => {
  const before = Object.keys(values).map((name) => [name, process.env[name]]);
  Object.assign(process.env, values);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
};

/**
 * Strapi's destroy() ends with process.removeAllListeners(), which would take the listeners of Jest with it. It
 * is held back while Strapi shuts down; then only what was added since the boot is removed.
 */
const trackProcessListeners = () => {
  const snapshot = () => new Map(process.eventNames().map((event) => [event, process.rawListeners(event)]));
  const before = snapshot();
  return async (shutDown) => {
    const { removeAllListeners } = process;
    process.removeAllListeners = () => process;
    try {
      await shutDown();
    } finally {
      process.removeAllListeners = removeAllListeners;
      for (const [event, listeners] of snapshot()) {
        const known = before.get(event) ?? [];
        listeners.filter((listener) => !known.includes(listener)).forEach((l) => process.off(event, l));
      }
    }
  };
};

/**
 * client: 'sqlite' | 'postgres'
 * plugin: false (not declared), true (its defaults) or the plugin's config
 * env: further environment variables for the app
 * databaseEnv: that of an earlier boot, to start again on the same data; its `keepFiles` must have been true
 */
exports.bootStrapi = async ({ client = 'sqlite', plugin = false, env = {}, databaseEnv, keepFiles } = {}) => {
  const directory = fs.mkdtempSync(path.join(process.env.PFAPI_TEST_FILES || os.tmpdir(), 'pfapi-app-'));
  fs.mkdirSync(path.join(directory, 'public', 'uploads'), { recursive: true });
  const database = databaseEnv ?? (await createDatabaseEnv(client, directory));
  const PUBLIC_DIR = path.join(directory, 'public');
  const restoreEnv = setEnv({ ...BASE_ENV, ...database, PUBLIC_DIR, ...pluginEnv(plugin), ...env });
  const withOwnListeners = trackProcessListeners();
  let strapi;
  let closed = false;

  const close = async () => {
    if (closed) return;
    closed = true;
    try {
      if (strapi) await withOwnListeners(() => strapi.destroy());
    } finally {
      restoreEnv();
      if (!keepFiles) fs.rmSync(directory, { recursive: true, force: true });
    }
  };

  try {
    strapi = createStrapi({ appDir: APP_DIR, distDir: APP_DIR, autoReload: false, serveAdminPanel: false });
    // Written by createStrapi() even with update notifications off.
    fs.rmSync(path.join(APP_DIR, '.strapi-updater.json'), { force: true });
    await strapi.load();
    // Strapi passes over a plugin whose server entry is missing without a word.
    if (plugin && !strapi.plugin('pfapi')) throw new Error('Strapi did not load the plugin pfapi.');
    await strapi.listen();
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }

  const url = `http://127.0.0.1:${strapi.server.httpServer.address().port}`;
  return {
    strapi,
    url,
    directory,
    databaseEnv: database,
    request: (route, options) => request(url, route, options),
    countQueries: (fn) => countQueries(strapi, fn),
    ...createAccess(strapi),
    close,
  };
};
