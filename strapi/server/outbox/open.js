'use strict';

const { hostname } = require('node:os');
const { createAnnounce } = require('./announce');
const { openConnection } = require('./connection');
const { Intents } = require('./intents');
const { createRows } = require('./rows');
const { createStore } = require('./store');
const { openTables } = require('./tables');

const SECOND = 1000;

/**
 * Opens the outbox: tables in Strapi's own database, in which a change and its announcement commit together. Every
 * process on the database reads them from time to time, so it learns of a change although the writer died right after
 * its COMMIT, and although there is no Redis.
 *
 * @typedef {object} Outbox
 * @property {string} databaseId names the database for good
 * @property {ReturnType<typeof createStore>} store for the engine
 * @property {ReturnType<typeof createAnnounce>} announce for writes in a transaction
 * @property {Intents} intents for all others
 * @property {() => { insertFailures: number, intents: number, intentFailures: number }} stats
 * @property {() => Promise<void>} close
 *
 * @returns {Promise<Outbox | null>} null without a cache; rejects if there can be no outbox, with the reason
 */
async function openOutbox(plugin) {
  const { strapi, config, log } = plugin;
  if (!plugin.cache) return null;
  const connection = await openConnection(strapi.db);
  const { tables, databaseId } = await openTables(strapi.db).catch(async (error) => {
    await connection.close();
    throw error;
  });
  const server = `${hostname()}:${process.pid}`;
  const counts = { insertFailures: 0, intentFailures: 0 };

  const intents = new Intents({
    rows: createRows(strapi.db, tables, server),
    recordOf: (changes) => plugin.cache.record(changes),
    longestWrite: config.outbox.longestWrite * SECOND,
    inOwnContext: plugin.inOwnContext,
    known: (id) => plugin.cache?.know?.(id),
    failed(error) {
      counts.intentFailures += 1;
      log.warnOnce('PFAPI_OUTBOX_INTENT', `a write could not be announced ahead: ${error.message}`);
    },
  });

  const announce = createAnnounce(tables, {
    server,
    failed(error) {
      counts.insertFailures += 1;
      log.warnOnce(
        'PFAPI_OUTBOX_INSERT',
        `a change could not be announced in its transaction: ${error.message}`,
      );
    },
  });

  return {
    databaseId,
    store: createStore(connection, tables, intents),
    announce,
    intents,
    stats: () => ({ ...counts, intents: intents.open }),
    async close() {
      await intents.close();
      await connection.close();
    },
  };
}

module.exports = { openOutbox };
