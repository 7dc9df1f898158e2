'use strict';

const DIALECTS = require('./dialects');
const { isPosition, newEpoch, repairOf } = require('./repair');

/** Ids in one statement: every database takes as many. */
const CHUNK = 500;

/** In seconds: no log that is still followed lacks what was announced so long ago. */
const OLD = 3600;

/** Such rows that are removed at one time. */
const OLD_AT_ONCE = 5000;

/** How often a list is repaired before it counts as a failure. */
const REPAIRS = 3;

/**
 * The outbox as the engine asks for it: JSON in, JSON out. When, and what for, is the engine's business.
 *
 * @param {import('./connection').Connection} connection
 * @param {import('./tables').Tables} tables
 * @param {{ own: string[] }} [intents] those of this process, which are not listed: its memory knows what they will say
 * @param {(code: string, text: string) => void} [warn] says it once
 */
function createStore(connection, tables, intents = { own: [] }, warn = () => {}) {
  const { client, outbox, state } = tables;
  const { no, lock, before } = DIALECTS[client];
  const marks = (values) => values.map(() => '?').join(', ');

  const listed = () =>
    connection.run(function* () {
      // One statement is one moment on every database.
      const { rows } = yield [
        `select o.seq, o.id, o.intent, case when o.intent then o.record end as record, s.epoch, s.removed ` +
          `from ${state} s left join ${outbox} o on 1 = 1 ` +
          'where s.id = 1 order by o.seq',
        [],
      ];
      if (rows.length === 0) throw new Error('PFAPI_OUTBOX: the row of pfapi_state is missing');
      return rows;
    });

  const listedAndRepaired = async () => {
    for (let repairs = 0; ; repairs += 1) {
      const rows = await listed();
      const repair = repairOf(tables, rows, warn);
      if (!repair) return rows;
      if (repairs === REPAIRS) throw new Error('PFAPI_OUTBOX: there are ids that cannot be read');
      await connection.run(repair, true);
    }
  };

  /** @returns {import('./connection').Steps} */
  const removeSome = function* (ids) {
    let removed = 0;
    for (const some of chunksOf(ids)) {
      const { changed } = yield [`delete from ${outbox} where not intent and id in (${marks(some)})`, some];
      removed += changed;
    }
    return { rows: [], changed: removed };
  };

  return {
    /**
     * All rows but the intents of this process, and what was removed last, seen in one moment. An intent comes with its
     * record: every poll applies it, and it may be settled at any time.
     */
    async list() {
      const ownBefore = intents.own;
      const rows = await listedAndRepaired();
      const [{ epoch, removed }] = rows;
      const own = new Set([...ownBefore, ...intents.own]);
      return JSON.stringify({
        rows: rows
          .filter(({ id, intent }) => id !== null && !(intent && own.has(id)))
          .map(({ id, intent, record }) => (intent ? { id, intent: true, record } : { id, intent: false })),
        removed: { epoch, position: isPosition(removed) ? removed : null },
      });
    },

    /** The rows of these ids, those that are there. */
    async read(idsJson) {
      const ids = JSON.parse(idsJson);
      const found = [];
      for (const some of chunksOf(ids)) {
        const { rows } = await connection.run(function* () {
          return yield [`select id, intent, record from ${outbox} where id in (${marks(some)})`, some];
        });
        found.push(...rows);
      }
      return JSON.stringify(found.map(({ id, intent, record }) => ({ id, intent: Boolean(intent), record })));
    },

    /**
     * Deletes rows, but no intents, and notes the newest position that only the log tells of from now on. Does nothing
     * if another epoch has begun: its log does not have these changes.
     *
     * Without an epoch it is asked by an engine that has no log. If others have one, the rows may be the only trace of
     * their changes that whoever follows it will see: then only old ones go, and that log counts as over.
     */
    async remove(orderJson) {
      const { ids, epoch, position } = JSON.parse(orderJson);
      await connection.run(function* () {
        // Locks the row, so that nobody claims a new epoch before this has committed.
        const { rows } = yield [`select epoch, removed from ${state} where id = 1${lock}`, []];
        const current = rows[0]?.epoch ?? null;
        if (epoch === null && current !== null) {
          // Whatever the ids: those that are asked for again and again would keep the older ones from being asked for.
          const old = `not intent and created_at < ${before(OLD)}`;
          const { rows: found } = yield [
            `select id from ${outbox} where ${old} order by seq limit ${OLD_AT_ONCE}`,
            [],
          ];
          const { changed } = yield* removeSome(found.map(({ id }) => id));
          if (changed > 0) yield [`update ${state} set epoch = ?, removed = null where id = 1`, [newEpoch()]];
          return;
        }
        if (current !== epoch) return;
        if (epoch !== null && position !== null && isNewer(position, rows[0].removed))
          yield [`update ${state} set removed = ? where id = 1`, [position]];
        yield* removeSome(ids);
      }, true);
      return 'null';
    },

    /** Makes rows of intents whose writers are gone, under new ids, so that everyone takes them for news. */
    async settle(ordersJson) {
      for (const order of JSON.parse(ordersJson)) {
        await connection.run(function* () {
          yield [
            `update ${outbox} set id = ?, intent = ${no}, ` +
              'created_at = current_timestamp where id = ? and intent',
            [order.as, order.id],
          ];
        }, true);
      }
      return 'null';
    },

    /** Begins a new epoch; of several servers that try it at once, one succeeds. */
    async claim(orderJson) {
      const { observed, epoch } = JSON.parse(orderJson);
      const is = observed === null ? 'epoch is null' : 'epoch = ?';
      const { changed } = await connection.run(function* () {
        return yield [
          `update ${state} set epoch = ?, removed = null where id = 1 and ${is}`,
          observed === null ? [epoch] : [epoch, observed],
        ];
      }, true);
      return String(changed === 1);
    },
  };
}

function* chunksOf(ids) {
  for (let from = 0; from < ids.length; from += CHUNK) yield ids.slice(from, from + CHUNK);
}

/** Whether a position of the log, `<milliseconds>-<sequence>`, is after another. */
function isNewer(position, other) {
  if (other === null || !isPosition(other)) return true;
  const [ms, seq] = position.split('-').map(BigInt);
  const [otherMs, otherSeq] = other.split('-').map(BigInt);
  return ms > otherMs || (ms === otherMs && seq > otherSeq);
}

module.exports = { createStore };
