'use strict';

const { createHash, randomUUID } = require('node:crypto');
const { readdirSync, readFileSync, statSync } = require('node:fs');
const { hostname } = require('node:os');
const { join } = require('node:path');
const { version } = require('../../../package.json');

const hashOf = (value) => createHash('sha256').update(JSON.stringify(value)).digest('base64url');

/**
 * Worker threads of one process share an engine; two projects in one process must not, nor two boots with another
 * configuration. So the name is made of what tells them apart. It is a hash: the connection has a password.
 */
function engineName(strapi) {
  const { connection } = strapi.config.get('database') ?? {};
  if (typeof connection?.connection === 'function') return randomUUID();
  return hashOf([
    strapi.dirs.app.root,
    connection?.client,
    connection?.connection,
    strapi.config.get('plugin::pfapi'),
  ]);
}

/**
 * What tells this database from others that share the Redis: the id kept in it, and which one it is, because a copy of a
 * database has the same id. If it does not say, then by the way it is reached; which every server should spell alike, or
 * each spelling has a log of its own.
 *
 * @param {any} strapi
 * @param {any} config
 * @param {{ databaseId: string, serverIdentity: string | null }} outbox
 */
function namespaceOf(strapi, config, { databaseId, serverIdentity }) {
  const identity = serverIdentity ?? placeOf(strapi.db);
  return `${config.redis.namespace}:${hashOf([databaseId, identity]).slice(0, 22)}`;
}

function placeOf(db) {
  const { client, connection } = db.config.connection;
  const { host, port, database, schema, filename, connectionString } =
    typeof connection === 'object' && connection !== null ? connection : {};
  const place = connectionString ? withoutCredentials(connectionString) : [host, port, database, filename];
  // The same path may be on another machine.
  const machine = isOnThisMachine(db, connection) ? hostname() : null;
  return [client, place, schema ?? null, machine];
}

/** A file, or a socket. Where the connection is made by a function nobody knows. */
function isOnThisMachine({ dialect }, connection) {
  if (dialect.client === 'sqlite') return true;
  if (typeof connection !== 'object' || connection === null) return false;
  const { host, socketPath, connectionString } = connection;
  if (socketPath) return true;
  const named = connectionString ? hostOf(connectionString) : host;
  // As the driver does.
  const reached = named || (dialect.client === 'postgres' && process.env.PGHOST);
  return !reached || reached.startsWith('/');
}

function hostOf(text) {
  try {
    const { hostname: host, searchParams } = new URL(text);
    return searchParams.get('host') ?? decodeURIComponent(host);
  } catch {
    // Of a spelling of its own: a path if it is one.
    return text;
  }
}

function withoutCredentials(text) {
  try {
    const { host, pathname } = new URL(text);
    return [host, pathname];
  } catch {
    return text;
  }
}

/** Settings of Strapi that shape answers beside the project's files, as they are after the environment has had its say. */
const SHAPING = [
  'api',
  'server.url',
  'plugin::i18n',
  'plugin::upload.provider',
  'plugin::upload.providerOptions',
];

const LOCK_FILES = ['package-lock.json', 'yarn.lock', 'pnpm-lock.yaml', 'package.json'];

/**
 * Names everything that shapes an answer beside the content: schema, configuration, code. Servers with another build
 * follow the same log, but do not share answers.
 */
function buildOf(strapi, config) {
  const { redis, outbox, metricsToken, buildId, ...shaping } = config;
  return hashOf([
    version,
    schemaOf(strapi),
    shaping,
    SHAPING.map((key) => strapi.config.get(key) ?? null),
    buildId ?? sourcesOf(strapi),
  ]).slice(0, 22);
}

/** The schema, as far as answers show it. */
function schemaOf(strapi) {
  const types = { ...strapi.contentTypes, ...strapi.components };
  return Object.keys(types)
    .sort()
    .map((uid) => {
      const { kind, options, pluginOptions, attributes, collectionName } = types[uid];
      return [uid, { kind, options, pluginOptions, attributes, collectionName }];
    });
}

function sourcesOf(strapi) {
  const hash = createHash('sha256');
  const { app, dist } = strapi.dirs;
  for (const directory of new Set([dist.src, dist.config, app.extensions])) addDirectory(hash, directory);
  for (const name of LOCK_FILES) addFile(hash, join(app.root, name));
  return hash.digest('base64url');
}

function addDirectory(hash, directory) {
  for (const entry of listed(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') addDirectory(hash, path);
    else if (entry.isFile()) addFile(hash, path);
  }
}

function listed(directory) {
  try {
    return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

/** Larger files are known by their size: they are data, not code. */
const MAX_SOURCE_BYTES = 4 * 1024 * 1024;

function addFile(hash, path) {
  try {
    const { size } = statSync(path);
    hash.update(`${path.length}:${path}:${size}:`);
    if (size <= MAX_SOURCE_BYTES) hash.update(readFileSync(path));
  } catch {
    // Not there, or not to be read: then it shapes nothing.
  }
}

module.exports = { engineName, namespaceOf, buildOf, schemaOf, hashOf };
