'use strict';

const { openFile } = require('./file-connection');
const { openPool } = require('./pool-connection');

/**
 * A connection of the outbox's own, outside of Strapi's pool: polling must work when Strapi's connections are all taken
 * (that of SQLite is, during every transaction), and must never wait for a transaction of the user's.
 *
 * What is asked is written once for all databases, as a generator that yields `[sql, bindings]` and gets
 * `{ rows, changed }` back. On SQLite it has to run through in one go, see there.
 *
 * @typedef {Generator<[string, any[]], any, { rows: any[], changed: number }>} Steps
 *
 * @typedef {object} Connection
 * @property {(steps: () => Steps, atomic?: boolean) => Promise<any>} run `atomic`: in one transaction, which is rolled
 *   back if the steps throw
 * @property {() => Promise<void>} close
 */

/**
 * @returns {Promise<Connection>} rejects if there can be none, with the reason
 */
async function openConnection(db) {
  const connection = db.dialect.client === 'sqlite' ? await openFile(db) : openPool(db);
  try {
    await connection.run(function* () {
      return yield ['select 1', []];
    });
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

module.exports = { openConnection };
