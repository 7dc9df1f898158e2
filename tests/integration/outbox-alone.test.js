'use strict';

// What a server does with the outbox by itself: it says which schema it has, and keeps the table small where nobody has
// an engine.
const { pluginOf } = require('../../strapi/server/plugin');
const { openConnection } = require('../../strapi/server/outbox/connection');
const { sweep } = require('../../strapi/server/outbox/sweep');
const { openTables } = require('../../strapi/server/outbox/tables');
const { bootStrapi } = require('../support/strapi');

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const C = 'c'.repeat(32);
const D = 'd'.repeat(32);
const HOUR = 3600;
const EVERYTHING = { v: 1, everything: 'schema' };

describe.each(['sqlite', 'postgres'])('on %s', (client) => {
  let app;
  let db;

  const boot = async (plugin) => {
    await app?.close();
    app = await bootStrapi({ client, plugin, databaseEnv: app?.databaseEnv, keepFiles: true });
    ({ db } = app.strapi);
  };

  afterAll(() => app?.close());

  const state = () => db.connection('pfapi_state').first();
  const rows = async () => {
    const found = await db.connection('pfapi_outbox').orderBy('seq');
    return found.map(({ id, intent, record }) => ({
      id,
      intent: Boolean(intent),
      record: JSON.parse(record),
    }));
  };
  const announced = async () => (await rows()).filter(({ record }) => record.everything);

  // The engine of a server that caches would clean up behind these tests.
  test('a new database is not told of its schema, nor an old one of the same', async () => {
    await boot({ bypass: true });
    const { schema_hash: hash } = await state();
    expect(hash).toMatch(/^[\w-]{43}$/);
    expect(await announced()).toEqual([]);
    await boot({ bypass: true });
    expect(await state()).toMatchObject({ schema_hash: hash });
    expect(await announced()).toEqual([]);
  });

  test.each(['that of another schema', null])(
    'a boot announces its own where %s was remembered',
    async (known) => {
      const { schema_hash: hash } = await state();
      await db.connection('pfapi_outbox').delete();
      await db.connection('pfapi_state').update({ schema_hash: known });
      await boot({ bypass: true });
      expect(await announced()).toMatchObject([{ intent: false, record: EVERYTHING }]);
      expect(await state()).toMatchObject({ schema_hash: hash });
    },
  );

  test('of several boots at the same time one announces it', async () => {
    await db.connection('pfapi_outbox').delete();
    const { outbox } = pluginOf(app.strapi);
    const record = JSON.stringify(EVERYTHING);
    const told = await Promise.all([A, B, C].map((id) => outbox.changeSchema('another', id, record)));
    expect(told.filter(Boolean)).toHaveLength(1);
    expect(await announced()).toHaveLength(1);
  });

  test('neither the row nor the hash is written without the other', async () => {
    await db.connection('pfapi_outbox').delete();
    await db.connection('pfapi_outbox').insert({ id: A, intent: false, record: '{}' });
    const { outbox } = pluginOf(app.strapi);
    const before = await state();
    // Not toThrow: the driver makes its errors outside of Jest's realm.
    await expect(outbox.changeSchema('a third', A, '{}')).rejects.toMatchObject({ code: expect.any(String) });
    expect(await state()).toEqual(before);
  });

  describe('old rows', () => {
    let connection;
    let tables;

    beforeAll(async () => {
      ({ tables } = await openTables(db));
      connection = await openConnection(db);
    });

    beforeEach(() => db.connection('pfapi_outbox').delete());

    afterAll(() => connection?.close());

    const past = (hours) =>
      db.connection.raw(
        client === 'sqlite' ? `datetime('now', '-${hours} hours')` : `now() - interval '${hours} hours'`,
      );

    const insert = async (id, { intent = false, hours = 0 } = {}) => {
      await db.connection('pfapi_outbox').insert({ id, intent, record: `{"of":"${id}"}`, server: 'test' });
      await db
        .connection('pfapi_outbox')
        .where({ id })
        .update({ created_at: past(hours) });
    };

    const swept = { id: expect.any(String), intent: false, record: { v: 1, everything: 'swept' } };

    test('are deleted but for one that stands for them, and old intents become rows that stay for their time', async () => {
      await insert(A, { hours: 2 });
      await insert(B, { intent: true, hours: 2 });
      await insert(C);
      await insert(D, { intent: true });
      for (let times = 0; times < 2; times += 1) {
        await sweep(connection, tables, HOUR);
        const left = await rows();
        expect(left).toHaveLength(4);
        expect(left).toEqual(
          expect.arrayContaining([
            { id: expect.not.stringMatching(B), intent: false, record: { of: B } },
            { id: C, intent: false, record: { of: C } },
            { id: D, intent: true, record: { of: D } },
            swept,
          ]),
        );
      }
    });

    test('leave it to a newer one to stand for them', async () => {
      const age = () => db.connection('pfapi_outbox').update({ created_at: past(2) });
      await insert(A, { hours: 2 });
      await sweep(connection, tables, HOUR);
      const [first, ...others] = await rows();
      expect([first, others]).toEqual([swept, []]);
      await age();
      await sweep(connection, tables, HOUR);
      expect(await rows()).toEqual([first]);
      await insert(B, { hours: 2 });
      await sweep(connection, tables, HOUR);
      const left = await rows();
      expect(left).toEqual([swept]);
      // Whoever has seen the first has not seen this.
      expect(left[0].id).not.toBe(first.id);
    });

    test('are deleted by the hundreds', async () => {
      const ids = Array.from({ length: 1201 }, (_, i) => i.toString(16).padStart(32, '0'));
      const old = new Date(Date.now() - 2 * HOUR * 1000).toISOString().slice(0, 19).replace('T', ' ');
      for (let from = 0; from < ids.length; from += 100) {
        const some = ids.slice(from, from + 100);
        const row = (id) => ({ id, intent: false, record: '{}', server: 'test', created_at: `${old}` });
        await db.connection('pfapi_outbox').insert(some.map(row));
      }
      await sweep(connection, tables, HOUR);
      expect(await rows()).toEqual([swept]);
    });
  });

  test('a server that caches announces its schema too', async () => {
    await db.connection('pfapi_outbox').delete();
    await db.connection('pfapi_state').update({ schema_hash: 'that of another schema' });
    await boot(true);
    expect(await announced()).toMatchObject([{ intent: false, record: EVERYTHING }]);
    expect(pluginOf(app.strapi).cache.isOnline()).toBe(true);
  });
});
