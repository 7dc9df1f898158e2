'use strict';

const { randomBytes } = require('node:crypto');
const { newId } = require('../writes/change-id');

const ID = /^[0-9a-f]{32}$/;
const EPOCH = /^[0-9a-f]{16}$/;
/** As many digits as surely fit into 64 bits. */
const POSITION = /^\d{1,19}-\d{1,19}$/;

const newEpoch = () => randomBytes(8).toString('hex');
const isPosition = (text) => text === null || POSITION.test(text);

/**
 * What has been written into the tables by hand, and would stop every server's polls for ever. A row gets a proper id:
 * whatever it tells, it is told. For an epoch that cannot be read a new one begins, so that nobody trusts the old log.
 *
 * @param {import('./tables').Tables} tables
 * @param {any[]} rows as they were listed
 * @param {(code: string, text: string) => void} warn says it once
 * @returns {(() => import('./connection').Steps) | null} null if nothing is wrong
 */
function repairOf({ outbox, state }, rows, warn) {
  const [{ epoch, removed }] = rows;
  const named = rows.filter(({ id }) => id !== null && !ID.test(id));
  const lost = epoch !== null && !EPOCH.test(epoch);
  if (!isPosition(removed))
    warn('PFAPI_OUTBOX_STATE', 'pfapi_state.removed is no position of a log, and is not believed.');
  if (named.length === 0 && !lost) return null;
  return function* () {
    // Only if it is what was seen: another server may be at it.
    for (const { seq, id } of named)
      yield [`update ${outbox} set id = ? where seq = ? and id = ?`, [newId(), seq, id]];
    if (named.length > 0)
      warn('PFAPI_OUTBOX_ROW', 'pfapi_outbox had a row with an id that is none. It has been given one.');
    if (lost) {
      yield [`update ${state} set epoch = ?, removed = null where id = 1 and epoch = ?`, [newEpoch(), epoch]];
      warn('PFAPI_OUTBOX_STATE', 'pfapi_state.epoch is no epoch. A new one begins.');
    }
    return { rows: [], changed: 0 };
  };
}

module.exports = { repairOf, isPosition, newEpoch };
