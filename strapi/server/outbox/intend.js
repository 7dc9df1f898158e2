'use strict';

const { Intent } = require('./intent');
const { within } = require('./within');
const { newId } = require('../writes/change-id');

/** The longest that a write waits for a statement of the outbox, in milliseconds: somebody may have locked it. */
const LIMIT = 2000;

/**
 * Writes the row of a new intent.
 *
 * @param {object} options those of `Intents`
 * @param {ReturnType<typeof import('./rows').createRows>} options.rows
 * @param {(changes: import('../writes/change').Change[]) => string} options.recordOf
 * @param {(error: Error) => void} options.failed
 * @param {(fn: () => any) => any} options.inOwnContext
 * @param {import('../writes/change').Change} change
 * @param {number} now
 * @returns {Intent}
 */
function intend({ rows, recordOf, failed, inOwnContext }, change, now) {
  const id = newId();
  const insert = async () => {
    try {
      await rows.intend(id, recordOf([change]));
      return true;
    } catch (error) {
      failed(error);
      // The next write tries again; those that wait for this one go on without.
      intent.closed = true;
      return false;
    }
  };
  const inserting = Promise.resolve().then(insert);

  /** The writes go on without the row. If it comes when they have settled, it is news by itself. */
  const goOn = () => {
    failed(new Error(`its row was not there within ${LIMIT} ms`));
    intent.closed = true;
    inserting
      .then((came) => {
        if (!came) return undefined;
        intent.inserted = true;
        return intent.settled && rows.settle(id, newId(), recordOf([change]));
      })
      .catch(failed);
    return false;
  };

  const intent = new Intent(
    id,
    change.edges,
    now,
    inOwnContext(() => within(LIMIT, inserting, goOn)),
  );
  return intent;
}

module.exports = { intend, LIMIT };
