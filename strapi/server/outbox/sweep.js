'use strict';

const DIALECTS = require('./dialects');
const { newId } = require('../writes/change-id');
const { recordOfEverything } = require('./record');

/** How often is looked, and what counts as old: in milliseconds, and in seconds. */
const INTERVAL = 10 * 60_000;
const OLD = 3600;

/** Rows in one transaction. */
const AT_ONCE = 500;

/** Stands for what has been swept. */
const SWEPT = recordOfEverything('swept');

/**
 * Keeps the outbox small where no server has an engine, which would have done it long before: an engine removes rows as
 * soon as everybody has seen them.
 *
 * @param {import('../plugin').Plugin} plugin
 * @param {import('./connection').Connection} connection
 * @param {import('./tables').Tables} tables
 * @param {number} longestWrite seconds
 * @returns {() => void} ends it
 */
function sweepNowAndThen(plugin, connection, tables, longestWrite) {
  const look = () => {
    if (plugin.cache) return;
    sweep(connection, tables, Math.max(OLD, longestWrite)).catch((error) =>
      plugin.log.warnOnce('PFAPI_OUTBOX_SWEEP', `the outbox could not be cleaned: ${error.message}`),
    );
  };
  const timer = setInterval(look, INTERVAL);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Makes rows of old intents, under new ids, and deletes old rows. One row stays for all of them: a server that has slept
 * meanwhile, with an engine and all it had in memory, must not find nothing.
 *
 * @param {import('./connection').Connection} connection
 * @param {import('./tables').Tables} tables
 * @param {number} age seconds, by the clock of the database
 */
async function sweep(connection, { client, outbox }, age) {
  const { before, no } = DIALECTS[client];
  const old = `created_at < ${before(age)}`;

  /** @returns {import('./connection').Steps} */
  const settleSome = function* () {
    const { rows } = yield [`select id from ${outbox} where intent and ${old} limit ${AT_ONCE}`, []];
    // From now on its age counts anew: everyone must have the time to see it.
    for (const { id } of rows)
      yield [
        `update ${outbox} set id = ?, intent = ${no}, created_at = current_timestamp where id = ? and intent`,
        [newId(), id],
      ];
    return rows.length;
  };

  let isMarked = false;
  /** @returns {import('./connection').Steps} */
  const removeSome = function* () {
    const { rows } = yield [
      `select id, record from ${outbox} where not intent and ${old} order by seq limit ${AT_ONCE}`,
      [],
    ];
    // What stands for others goes only when another takes its place.
    if (!isMarked && rows.every(({ record }) => record === SWEPT)) return 0;
    if (!isMarked)
      yield [`insert into ${outbox} (id, intent, record) values (?, ${no}, ?)`, [newId(), SWEPT]];
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0)
      yield [`delete from ${outbox} where not intent and id in (${ids.map(() => '?').join(', ')})`, ids];
    return ids.length;
  };

  while ((await connection.run(settleSome, true)) === AT_ONCE);
  for (;;) {
    const removed = await connection.run(removeSome, true);
    isMarked ||= removed > 0;
    if (removed < AT_ONCE) return;
  }
}

module.exports = { sweepNowAndThen, sweep };
