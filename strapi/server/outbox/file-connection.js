'use strict';

const { promisify } = require('node:util');

/** How long an attempt is repeated while the file is locked, and how often, in milliseconds. */
const LIMIT = 2000;
const PAUSE = 20;

/**
 * A second connection to the file of a SQLite database.
 *
 * Everything is done synchronously, in one go: a lock that were held while others run would meet Strapi's connection on
 * the same thread, whose wait for it blocks the event loop, so that it would never be released. For the same reason this
 * one never waits inside of SQLite (a busy timeout of 0), but tries again a little later.
 *
 * @returns {Promise<import('./connection').Connection>}
 */
async function openFile(db) {
  const { client } = db.connection;
  const { filename, options = {} } = client.connectionSettings;
  if (!filename || /:memory:|mode=memory/.test(filename.replace(/^.*[/\\]/, '')))
    throw new Error('a database in memory has only one connection');
  const file = new client.driver(filename, { nativeBinding: options.nativeBinding, timeout: 0 });
  // Strapi's and the project's own steps: a key of an encrypted file, for one.
  const { afterCreate } = client.config.pool ?? {};
  if (afterCreate) await promisify(afterCreate)(file);

  const answer = ([sql, bindings]) => {
    const statement = file.prepare(sql);
    if (statement.reader) return { rows: statement.all(bindings), changed: 0 };
    return { rows: [], changed: statement.run(bindings).changes };
  };

  const runAtOnce = (steps) => {
    const asked = steps();
    let step = asked.next();
    while (!step.done) step = asked.next(answer(step.value));
    return step.value;
  };

  return {
    async run(steps, atomic = false) {
      // "immediate": takes the write lock at the start, where a failure has done nothing yet.
      const once = atomic ? file.transaction(() => runAtOnce(steps)).immediate : () => runAtOnce(steps);
      const deadline = performance.now() + LIMIT;
      for (;;) {
        try {
          return once();
        } catch (error) {
          if (!String(error.code).startsWith('SQLITE_BUSY') || performance.now() > deadline) throw error;
          await new Promise((resolve) => setTimeout(resolve, PAUSE));
        }
      }
    },

    async close() {
      file.close();
    },
  };
}

module.exports = { openFile };
