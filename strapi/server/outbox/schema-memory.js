'use strict';

/**
 * Remembers in the database with which schema it was booted last, and puts a row into the outbox when it is another
 * one: what any server has in memory was made with the old.
 *
 * Both in one transaction. Of two servers that boot at the same time the second sees what the first has written, and
 * one that dies in between has written nothing.
 *
 * @param {import('./connection').Connection} connection
 * @param {import('./tables').Tables} tables
 * @param {{ server: string, isNew: boolean }} options `isNew`: nobody can have anything in memory yet
 */
function createSchemaMemory(connection, { client, outbox, state }, { server, isNew }) {
  /**
   * @param {string} hash of the schema
   * @param {string} id
   * @param {string} record
   * @returns {Promise<boolean>} whether the row was written
   */
  return (hash, id, record) =>
    connection.run(function* () {
      const lock = client === 'sqlite' ? '' : ' for update';
      const { rows } = yield [`select schema_hash from ${state} where id = 1${lock}`, []];
      const [{ schema_hash: known }] = rows;
      if (known === hash) return false;
      yield [`update ${state} set schema_hash = ? where id = 1`, [hash]];
      if (isNew && known === null) return false;
      const no = client === 'sqlite' ? '0' : 'false';
      yield [
        `insert into ${outbox} (id, intent, record, server) values (?, ${no}, ?, ?)`,
        [id, record, server],
      ];
      return true;
    }, true);
}

module.exports = { createSchemaMemory };
