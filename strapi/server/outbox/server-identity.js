'use strict';

/**
 * Which database this is, by whatever way it is reached: the cluster, the database in it, the schema. A database that was
 * restored from a dump elsewhere is another one, though everything in it, its name and the name of its host may be the
 * same. Only PostgreSQL can say it so that every server hears the same: what MySQL calls itself differs from node to node.
 *
 * @param {import('./connection').Connection} connection
 * @param {{ client: string, outbox: string }} tables
 * @returns {Promise<string | null>} null if it does not say
 */
async function serverIdentityOf(connection, { client, outbox }) {
  if (client !== 'postgres') return null;
  try {
    const { rows } = await connection.run(function* () {
      return yield [
        'select system_identifier::text as cluster, d.oid::text as oid from pg_control_system(), pg_database d ' +
          'where d.datname = current_database()',
        [],
      ];
    });
    const [{ cluster, oid }] = rows;
    return `${cluster}/${oid}/${outbox}`;
  } catch {
    // It may not be asked, here.
    return null;
  }
}

module.exports = { serverIdentityOf };
