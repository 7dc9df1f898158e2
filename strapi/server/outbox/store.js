'use strict';

/** Ids in one statement: every database takes as many. */
const CHUNK = 500;

/**
 * The outbox as the engine asks for it: JSON in, JSON out. When, and what for, is the engine's business.
 *
 * @param {import('./connection').Connection} connection
 * @param {import('./tables').Tables} tables
 * @param {{ own: string[] }} [intents] those of this process, which are not listed: its memory knows what they will say
 */
function createStore(connection, { client, outbox, state }, intents = { own: [] }) {
  const marks = (values) => values.map(() => '?').join(', ');

  return {
    /**
     * All rows but the intents of this process, and what was removed last, seen in one moment. An intent comes with its
     * record: every poll applies it, and it may be settled at any time.
     */
    async list() {
      const before = intents.own;
      const rows = await connection.run(function* () {
        // One statement is one moment on every database.
        const { rows: found } = yield [
          `select o.id, o.intent, case when o.intent then o.record end as record, s.epoch, s.removed ` +
            `from ${state} s left join ${outbox} o on 1 = 1 ` +
            'where s.id = 1 order by o.seq',
          [],
        ];
        return found;
      });
      if (rows.length === 0) throw new Error('PFAPI_OUTBOX: the row of pfapi_state is missing');
      const [{ epoch, removed }] = rows;
      const own = new Set([...before, ...intents.own]);
      return JSON.stringify({
        rows: rows
          .filter(({ id, intent }) => id !== null && !(intent && own.has(id)))
          .map(({ id, intent, record }) => (intent ? { id, intent: true, record } : { id, intent: false })),
        removed: { epoch, position: removed },
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
     */
    async remove(orderJson) {
      const { ids, epoch, position } = JSON.parse(orderJson);
      await connection.run(function* () {
        if (epoch !== null) {
          // Locks the row, so that nobody claims a new epoch before this has committed.
          const lock = client === 'sqlite' ? '' : ' for update';
          const { rows } = yield [`select epoch, removed from ${state} where id = 1${lock}`, []];
          if (rows[0]?.epoch !== epoch) return;
          if (position !== null && isNewer(position, rows[0].removed))
            yield [`update ${state} set removed = ? where id = 1`, [position]];
        }
        for (const some of chunksOf(ids))
          yield [`delete from ${outbox} where not intent and id in (${marks(some)})`, some];
      }, true);
      return 'null';
    },

    /** Makes rows of intents whose writers are gone, under new ids, so that everyone takes them for news. */
    async settle(ordersJson) {
      for (const order of JSON.parse(ordersJson)) {
        await connection.run(function* () {
          yield [
            `update ${outbox} set id = ?, intent = ${client === 'sqlite' ? '0' : 'false'}, ` +
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
  if (other === null) return true;
  const [ms, seq] = position.split('-').map(BigInt);
  const [otherMs, otherSeq] = other.split('-').map(BigInt);
  return ms > otherMs || (ms === otherMs && seq > otherSeq);
}

module.exports = { createStore };
