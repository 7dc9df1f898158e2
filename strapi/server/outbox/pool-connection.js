'use strict';

const { promisify } = require('node:util');
const { within } = require('./within');

/** The longest that anything asked may take, in milliseconds: connecting, one statement, and all of it. */
const CONNECT_LIMIT = 2000;
const STATEMENT_LIMIT = 2000;
const LIMIT = 6000;

/**
 * One connection to PostgreSQL or MySQL, made when needed with Strapi's own settings and driver. It does not keep the
 * process alive.
 *
 * @returns {import('./connection').Connection}
 */
function openPool(db) {
  const dialect = DIALECTS[db.dialect.client];
  const client = new db.connection.client.constructor(settingsOf(db.connection.client, dialect));

  const ask = async (connection, sql, bindings = []) =>
    dialect.answer(await client.raw(sql, bindings).connection(connection));

  const steps = async (connection, make, atomic) => {
    if (atomic || dialect.alwaysInTransaction) await ask(connection, dialect.begin);
    const asked = make();
    let step = asked.next();
    while (!step.done) step = asked.next(await ask(connection, ...step.value));
    if (atomic || dialect.alwaysInTransaction) await ask(connection, 'COMMIT');
    return step.value;
  };

  return {
    async run(make, atomic = false) {
      const connection = await client.acquireConnection();
      client.pool?.interval?.unref?.();
      try {
        return await within(LIMIT, steps(connection, make, atomic), tooLate);
      } catch (error) {
        // With whatever it was in the middle of: the database rolls that back, and the next one begins afresh.
        connection.__knex__disposed = error;
        dialect.cut(connection);
        throw error;
      } finally {
        client.releaseConnection(connection);
      }
    },

    close: () => client.destroy(),
  };
}

function settingsOf(original, dialect) {
  const { config } = original;
  // By reference where it can be: knex hides the password from those who copy the object.
  const connection =
    typeof config.connection === 'function'
      ? async () => {
          const given = await config.connection();
          return typeof given === 'string' ? given : dialect.limited(given);
        }
      : dialect.limited({ ...config.connection, ...passwordOf(config.connection) });
  const { afterCreate } = config.pool ?? {};
  const pool = {
    min: 0,
    max: 1,
    createTimeoutMillis: CONNECT_LIMIT,
    afterCreate(connection, done) {
      // Strapi's and the project's own steps first: search path, role.
      const prepare = async () => {
        if (afterCreate) await promisify(afterCreate)(connection);
        await dialect.prepare(connection);
      };
      prepare().then(
        () => done(null, connection),
        (error) => done(error),
      );
    },
  };
  const settings = {
    ...config,
    connection,
    pool,
    acquireConnectionTimeout: CONNECT_LIMIT,
    // Whoever asks is told; knex would say it once more, with every poll of an outage.
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  };
  // What a project does with names and results is not meant for these tables.
  for (const name of ['wrapIdentifier', 'postProcessResponse', 'asyncStackTraces']) delete settings[name];
  return settings;
}

const tooLate = () => Promise.reject(new Error(`the database did not answer within ${LIMIT} ms`));

const passwordOf = ({ password }) => (password === undefined ? {} : { password });

const DIALECTS = {
  postgres: {
    // For each transaction and not for the connection: behind a pooler, a session is not ours alone.
    alwaysInTransaction: true,
    begin: `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = ${STATEMENT_LIMIT}`,
    limited: (connection) => ({
      ...connection,
      ...passwordOf(connection),
      connectionTimeoutMillis: CONNECT_LIMIT,
    }),
    prepare: async (connection) => connection.unref?.(),
    cut: (connection) => connection.connection?.stream?.destroy(),
    answer: ({ rows, rowCount }) => ({ rows, changed: rowCount }),
  },
  mysql: {
    alwaysInTransaction: false,
    begin: 'BEGIN',
    limited: (connection) => ({ ...connection, ...passwordOf(connection), connectTimeout: CONNECT_LIMIT }),
    async prepare(connection) {
      connection.stream?.unref?.();
      const query = promisify(connection.query).bind(connection);
      await query(`SET SESSION innodb_lock_wait_timeout = ${STATEMENT_LIMIT / 1000}`);
      // Without locks on gaps between rows, in which writers insert. Not possible with an old kind of binary log.
      const [{ format }] = await query('SELECT @@binlog_format AS format');
      if (format !== 'STATEMENT') await query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    },
    cut: (connection) => connection.destroy(),
    answer: ([result]) =>
      Array.isArray(result) ? { rows: result, changed: 0 } : { rows: [], changed: result.affectedRows },
  },
};

module.exports = { openPool };
