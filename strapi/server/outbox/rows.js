'use strict';

/**
 * Rows of the outbox that are written by themselves, each committed at once.
 *
 * They go through Strapi's own pool, like the write they stand for: a second connection that writes to a SQLite file
 * meets SQLITE_BUSY, and elsewhere the outbox's single connection would be a queue that all writers stand in, behind
 * its polls. Each statement takes a connection and gives it back, so none is held while another is waited for.
 *
 * @param {any} db
 * @param {import('./tables').Tables} tables
 * @param {string} server
 */
function createRows(db, tables, server) {
  const row = (id, intent, record) => ({ id, intent, record, server });
  return {
    /** A write may happen from now on. */
    intend: async (id, record) => {
      await tables.into(db.connection).insert(row(id, true, record));
    },

    /** What was intended has happened. If a cleaner took the writer for dead, the intent is gone, and this is news. */
    settle: async (intent, id, record) => {
      const changed = await tables
        .into(db.connection)
        .where({ id: intent, intent: true })
        // News of now, however long the write took: a row is swept by its age.
        .update({ id, intent: false, record, created_at: db.connection.fn.now() });
      if (changed === 0) await tables.into(db.connection).insert(row(id, false, record));
    },

    /** Something has happened. */
    add: async (id, record) => {
      await tables.into(db.connection).insert(row(id, false, record));
    },
  };
}

module.exports = { createRows };
