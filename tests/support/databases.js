'use strict';

// A database of its own for every boot: a fresh SQLite file, or a new one on the run's PostgreSQL or MariaDB server.
const { randomUUID } = require('crypto');
const path = require('path');
const { startMariadb } = require('./mariadb');
const { createDatabase } = require('./postgres');

const sqlite = async (directory) => ({
  DATABASE_CLIENT: 'sqlite',
  DATABASE_FILENAME: path.join(directory, 'test.db'),
});

const postgres = async () => {
  const server = process.env.PFAPI_TEST_POSTGRES;
  if (!server) throw new Error('No PostgreSQL is running: start Jest with -c tests/jest.config.js.');
  const { host, port, user, password } = JSON.parse(server);
  const name = await createDatabase({ port }, `pfapi_${randomUUID().replaceAll('-', '')}`);
  return {
    DATABASE_CLIENT: 'postgres',
    DATABASE_HOST: host,
    DATABASE_PORT: String(port),
    DATABASE_USER: user,
    DATABASE_PASSWORD: password,
    DATABASE_NAME: name,
  };
};

let mariadb;

/** Few tests need it, so it starts with the first of them. */
const mysql = async () => {
  const { host, port, user, password, createDatabase: create } = await (mariadb ??= startMariadb());
  return {
    DATABASE_CLIENT: 'mysql',
    DATABASE_HOST: host,
    DATABASE_PORT: String(port),
    DATABASE_USER: user,
    DATABASE_PASSWORD: password,
    DATABASE_NAME: await create(`pfapi_${randomUUID().replaceAll('-', '')}`),
  };
};

const clients = { sqlite, postgres, mysql };

/** The environment that points the fixture app at a new database. */
exports.createDatabaseEnv = (client, directory) => {
  if (!clients[client]) throw new Error(`Unknown database client "${client}"`);
  return clients[client](directory);
};
