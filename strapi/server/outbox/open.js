'use strict';

const { hostname } = require('node:os');
const { createAnnounce } = require('./announce');
const { openConnection } = require('./connection');
const { Intents } = require('./intents');
const { recordBy } = require('./record');
const { createRows } = require('./rows');
const { createSchemaMemory } = require('./schema-memory');
const { serverIdentityOf } = require('./server-identity');
const { createStore } = require('./store');
const { sweepNowAndThen } = require('./sweep');
const { openTables } = require('./tables');

const SECOND = 1000;

/**
 * Opens the outbox: tables in Strapi's own database, in which a change and its announcement commit together. Every
 * process on the database reads them from time to time, so it learns of a change although the writer died right after
 * its COMMIT, and although there is no Redis.
 *
 * @typedef {object} Outbox
 * @property {string} databaseId names the database for good
 * @property {string | null} serverIdentity what the database server calls itself, if it says
 * @property {ReturnType<typeof createStore>} store for the engine
 * @property {ReturnType<typeof createAnnounce>} announce for writes in a transaction
 * @property {Intents} intents for all others
 * @property {(id: string, record: string) => Promise<void>} add writes a row by itself; never rejects
 * @property {ReturnType<typeof createSchemaMemory>} changeSchema notes the schema, with a row if it is another one
 * @property {() => { insertFailures: number, intents: number, intentFailures: number }} stats
 * @property {() => Promise<void>} close
 *
 * @returns {Promise<Outbox>} rejects if there can be none, with the reason
 */
async function openOutbox(plugin) {
  const { strapi, config, log } = plugin;
  const connection = await openConnection(strapi.db);
  const { tables, databaseId, isNew } = await openTables(strapi.db).catch(async (error) => {
    await connection.close();
    throw error;
  });
  const serverIdentity = await serverIdentityOf(connection, tables);
  const server = `${hostname()}:${process.pid}`;
  const counts = { insertFailures: 0, intentFailures: 0 };

  const rows = createRows(strapi.db, tables, server);
  const { longestWrite } = config.outbox;

  const intents = new Intents({
    rows,
    recordOf: (changes) => recordBy(plugin, changes),
    longestWrite: longestWrite * SECOND,
    inOwnContext: plugin.inOwnContext,
    known: (id) => plugin.cache?.know?.(id),
    failed(error) {
      counts.intentFailures += 1;
      log.warnOnce('PFAPI_OUTBOX_INTENT', `a write could not be announced ahead: ${error.message}`);
    },
  });

  const insertFailed = (error) => {
    counts.insertFailures += 1;
    log.warnOnce('PFAPI_OUTBOX_INSERT', `a change could not be announced: ${error.message}`);
  };

  /** Rows that are being written in the background. @type {Set<Promise<void>>} */
  const adding = new Set();
  const stopSweeping = sweepNowAndThen(plugin, connection, tables, longestWrite);

  return {
    databaseId,
    serverIdentity,
    store: createStore(connection, tables, intents, (code, text) => log.warnOnce(code, text, text)),
    announce: createAnnounce(tables, { server, failed: insertFailed }),
    intents,
    add(id, record) {
      const one = rows
        .add(id, record)
        .catch(insertFailed)
        .finally(() => adding.delete(one));
      adding.add(one);
      return one;
    },
    changeSchema: createSchemaMemory(connection, tables, { server, isNew }),
    stats: () => ({ ...counts, intents: intents.open }),
    async close() {
      stopSweeping();
      await Promise.all([intents.close(), ...adding]);
      await connection.close();
    },
  };
}

module.exports = { openOutbox };
