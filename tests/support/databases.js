'use strict';

// A database of its own for every boot: a fresh SQLite file, or a new one on the run's PostgreSQL server.
const { randomUUID } = require('crypto');
const path = require('path');
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

const clients = { sqlite, postgres };

/** The environment that points the fixture app at a new database. */
exports.createDatabaseEnv = (client, directory) => {
  if (!clients[client]) throw new Error(`Unknown database client "${client}"`);
  return clients[client](directory);
};
