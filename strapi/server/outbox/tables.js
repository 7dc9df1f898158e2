'use strict';

const { randomUUID } = require('node:crypto');

const OUTBOX = 'pfapi_outbox';
const STATE = 'pfapi_state';

/** A second attempt sees what another server that boots at the same time has made. */
const ATTEMPTS = 5;
const PAUSE = 50;

/**
 * The names of the two tables as SQL, and how to reach them with a query builder. The schema is always said: a session
 * of the user's may change its search path.
 *
 * @typedef {object} Tables
 * @property {'sqlite' | 'postgres' | 'mysql'} client
 * @property {string} outbox
 * @property {string} state
 * @property {(knex: any) => any} into a query builder on the outbox
 */

/**
 * Makes the outbox's tables if they are missing. Strapi leaves tables alone that were never part of its own schema.
 *
 * `pfapi_outbox` has a row per change, which commits together with the change. `pfapi_state` has one row: which
 * database this is, what was last removed from the outbox, and which schema was last booted with.
 *
 * @returns {Promise<{ tables: Tables, databaseId: string, isNew: boolean }>} `isNew`: the row has just been made here
 */
async function openTables(db) {
  const tables = await namesOf(db);
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (!(await areThere(db, tables)))
        for (const sql of STATEMENTS[tables.client](tables)) await db.connection.raw(sql);
      return { tables, ...(await identityOf(db, tables)) };
    } catch (error) {
      // "if not exists" is no lock: on PostgreSQL two servers that boot at once may both try, and one fails.
      if (attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE * attempt));
    }
  }
}

/** "if not exists" asks for the right to create, also where there is nothing to do. */
async function areThere(db, { outbox, state }) {
  try {
    await db.connection.raw(`select seq, id, intent, record, server, created_at from ${outbox} where 1 = 0`);
    await db.connection.raw(`select id, database_id, epoch, removed, schema_hash from ${state} where 1 = 0`);
    return true;
  } catch {
    return false;
  }
}

async function namesOf(db) {
  const { client } = db.dialect;
  if (!(client in STATEMENTS)) throw new Error(`the database ${client} is not known`);
  const { connection } = db;
  let schema = db.getSchemaName();
  if (client === 'postgres' && !schema) {
    const { rows } = await connection.raw('select current_schema() as name');
    schema = Object.values(rows[0])[0];
    if (!schema) throw new Error('the connection to PostgreSQL has no schema');
  }
  const quote = (name) => connection.client.wrapIdentifierImpl(name);
  const inSchema = (name) => (client === 'postgres' ? `${quote(schema)}.${quote(name)}` : quote(name));
  return {
    client,
    outbox: inSchema(OUTBOX),
    state: inSchema(STATE),
    into: (knex) => (client === 'postgres' ? knex(OUTBOX).withSchema(schema) : knex(OUTBOX)),
  };
}

/** Each statement is complete by itself, so that a crash between them leaves nothing half made. */
const STATEMENTS = {
  sqlite: ({ outbox, state }) => [
    `create table if not exists ${outbox} (seq integer primary key autoincrement, id char(32) not null unique, ` +
      'intent boolean not null, record text not null, server text, created_at datetime default current_timestamp)',
    `create table if not exists ${state} (id integer primary key, database_id char(36) not null, epoch text, removed text, ` +
      'schema_hash text)',
  ],
  postgres: ({ outbox, state }) => [
    // The clock, because the current timestamp is that at which the transaction began: a row is swept by its age.
    `create table if not exists ${outbox} (seq bigserial primary key, id char(32) not null unique, ` +
      'intent boolean not null, record text not null, server text, created_at timestamptz default clock_timestamp())',
    `create table if not exists ${state} (id integer primary key, database_id char(36) not null, epoch text, removed text, ` +
      'schema_hash text)',
  ],
  mysql: ({ outbox, state }) => [
    // Transactions are the point of it, so the engine is said. Ids are compared byte by byte.
    `create table if not exists ${outbox} (seq bigint unsigned not null auto_increment primary key, ` +
      'id char(32) character set ascii collate ascii_bin not null unique, intent boolean not null, ' +
      'record text character set utf8mb4 not null, server text, created_at timestamp(3) default current_timestamp(3)) ' +
      'engine=InnoDB',
    `create table if not exists ${state} (id integer primary key, database_id char(36) not null, ` +
      'epoch varchar(64) character set ascii collate ascii_bin, removed varchar(64) character set ascii collate ascii_bin, ' +
      'schema_hash varchar(64) character set ascii collate ascii_bin) ' +
      'engine=InnoDB',
  ],
};

/** Made with the row and never changed: a copy of the database on another server has the same. */
async function identityOf(db, { client, state }) {
  const read = async () => {
    const answer = await db.connection.raw(`select database_id from ${state} where id = 1`);
    const rows = client === 'postgres' ? answer.rows : client === 'mysql' ? answer[0] : answer;
    // By position: a project may rename the columns of its results.
    return rows.length > 0 ? String(Object.values(rows[0])[0]) : undefined;
  };
  const known = await read();
  if (known !== undefined) return { databaseId: known, isNew: false };
  // Fails if another server was quicker; then the next attempt reads what that one wrote.
  await db.connection.raw(`insert into ${state} (id, database_id) values (1, ?)`, [randomUUID()]);
  return { databaseId: /** @type {string} */ (await read()), isNew: true };
}

module.exports = { openTables };
