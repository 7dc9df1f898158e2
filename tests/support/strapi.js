'use strict';

// Boots the fixture app inside this process, on a database and a port of its own.
const fs = require('fs');
const os = require('os');
const path = require('path');
const { createAccess } = require('./access');
const { createApp, createAppEnv, listen } = require('./app');
const { createDatabaseEnv } = require('./databases');
const { request } = require('./http');
const { countQueries } = require('./queries');

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
 * client: 'sqlite' | 'postgres' | 'mysql' (which is MariaDB)
 * plugin: false (not declared), true (its defaults) or the plugin's config
 * env: further environment variables for the app
 * databaseEnv: that of an earlier boot, to start again on the same data; its `keepFiles` must have been true
 */
exports.bootStrapi = async ({ client = 'sqlite', plugin = false, env = {}, databaseEnv, keepFiles } = {}) => {
  const directory = fs.mkdtempSync(path.join(process.env.PFAPI_TEST_FILES || os.tmpdir(), 'pfapi-app-'));
  const database = databaseEnv ?? (await createDatabaseEnv(client, directory));
  const restoreEnv = setEnv(createAppEnv({ database, plugin, env, directory }));
  const withOwnListeners = trackProcessListeners();
  let strapi;
  let url;
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
    strapi = createApp();
    url = await listen(strapi, { plugin });
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }

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
