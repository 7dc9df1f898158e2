'use strict';

const ID = /^[0-9a-f]{32}$/;

/**
 * Puts the announcement of a change into the transaction that makes it, just before COMMIT.
 *
 * @param {import('./tables').Tables} tables
 * @param {{ server: string, failed: (error: Error) => void }} options
 */
function createAnnounce(tables, { server, failed }) {
  const insert = INSERTS[tables.client];
  const isGone = createIsGone(tables);

  /**
   * Gives false if the row could not be inserted; the transaction goes on all the same. Throws only if there is no
   * transaction any more: the database has rolled it back whole, and a COMMIT would report a success that is none.
   *
   * @param {any} trx the knex transaction
   * @param {string} id
   * @param {string} record
   * @returns {Promise<boolean>}
   */
  return async function announce(trx, id, record) {
    try {
      await insert(trx, tables, { id, record, server });
      return true;
    } catch (error) {
      // Nothing will commit, so there is nothing to announce.
      if (error.code === ABORTED) return true;
      failed(error);
      if (error instanceof TypeError) return false;
      if (await isGone(trx, error)) throw error;
      return false;
    }
  };
}

/** PostgreSQL: an earlier statement has failed, and the transaction takes nothing but a rollback. */
const ABORTED = '25P02';

/** The longest that a COMMIT waits because somebody has locked the outbox. PostgreSQL waits for ever by itself. */
const LOCK_LIMIT = '1s';

const plain = (trx, tables, { id, record, server }) =>
  tables.into(trx).insert({ id, intent: false, record, server });

const INSERTS = {
  sqlite: plain,
  mysql: plain,
  /**
   * In a savepoint, for a statement that fails aborts a transaction of PostgreSQL. All in one message, which cannot have
   * bindings: the record goes as Base64, which needs no escaping under any setting of the server.
   */
  postgres(trx, { outbox }, { id, record, server }) {
    const text = (value) =>
      `convert_from(decode('${Buffer.from(value).toString('base64')}', 'base64'), 'UTF8')`;
    // It stands in the statement as it is.
    if (!ID.test(id)) return Promise.reject(new TypeError(`${id} is not a change id`));
    return send(
      trx,
      'SAVEPOINT pfapi_outbox; ' +
        "SELECT set_config('pfapi.lock_timeout', current_setting('lock_timeout'), true), " +
        `set_config('lock_timeout', '${LOCK_LIMIT}', true); ` +
        `INSERT INTO ${outbox} (id, intent, record, server) VALUES ('${id}', false, ${text(record)}, ${text(server)}) ` +
        // Given back at once: what is deferred until COMMIT takes locks too, and waits for them as the user wants it.
        "RETURNING set_config('lock_timeout', current_setting('pfapi.lock_timeout'), true); " +
        'RELEASE SAVEPOINT pfapi_outbox',
    );
  },
};

/** As knex sends BEGIN: what a project does with results of its queries must not see one of three statements. */
async function send(trx, sql) {
  return trx.client.query(await trx.client.acquireConnection(), sql);
}

function createIsGone({ client }) {
  /** @type {Promise<boolean> | undefined} */
  let timeoutEndsAll;

  /** Whether the failure has ended the user's transaction. */
  return async function isGone(trx, error) {
    if (client === 'postgres') {
      return send(trx, 'ROLLBACK TO SAVEPOINT pfapi_outbox; RELEASE SAVEPOINT pfapi_outbox').then(
        () => false,
        () => true,
      );
    }
    // MySQL: a deadlock rolls all back, and a lock that was not had in time if the server is set so.
    if (client === 'mysql') {
      if (error.errno === 1205) return (timeoutEndsAll ??= endsAllByTimeout(trx));
      return error.fatal === true || error.errno === 1213;
    }
    // SQLite: a full disk, an I/O error.
    return (await trx.client.acquireConnection()).inTransaction === false;
  };
}

/** A server that does not say counts as one that does. */
async function endsAllByTimeout(trx) {
  try {
    const { response } = await send(trx, 'SELECT @@innodb_rollback_on_timeout');
    return Number(Object.values(response[0][0])[0]) !== 0;
  } catch {
    return true;
  }
}

module.exports = { createAnnounce };
