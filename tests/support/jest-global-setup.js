'use strict';

const { startPostgres } = require('./postgres');

/** One PostgreSQL server for all integration tests; every boot makes its own database on it. */
module.exports = async () => {
  const { stop, createDatabase, ...connection } = await startPostgres();
  process.env.PFAPI_TEST_POSTGRES = JSON.stringify(connection);
  process.env.PFAPI_TEST_FILES = connection.directory;
  globalThis.stopTestPostgres = stop;
};
