'use strict';

const { openConnection } = require('../../strapi/server/outbox/connection');
const { createStore } = require('../../strapi/server/outbox/store');
const { openTables } = require('../../strapi/server/outbox/tables');
const { bootStrapi } = require('../support/strapi');

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const C = 'c'.repeat(32);

const [E0, E1, E2, E3] = ['0', '1', '2', '3'].map((digit) => digit.repeat(16));

describe.each(['sqlite', 'postgres'])('the tables of the outbox on %s', (client) => {
  let app;
  let connection;
  let databaseId;
  let db;
  let store;
  let tables;

  const boot = async (databaseEnv) => {
    app = await bootStrapi({ client, databaseEnv, keepFiles: true });
    ({ db } = app.strapi);
    ({ tables, databaseId } = await openTables(db));
    connection = await openConnection(db);
    store = createStore(connection, tables);
  };

  const shutDown = async () => {
    await connection?.close();
    await app?.close();
  };

  beforeAll(() => boot());
  afterAll(shutDown);

  beforeEach(async () => {
    await db.connection('pfapi_outbox').delete();
    await db.connection('pfapi_state').update({ epoch: null, removed: null });
  });

  const insert = (id, intent = false) =>
    db.connection('pfapi_outbox').insert({ id, intent, record: `of ${id}`, server: 'test' });
  const ask = async (method, ...order) =>
    JSON.parse(await store[method](...order.map((one) => JSON.stringify(one))));
  const idsNow = async () => (await ask('list')).rows.map((row) => row.id);

  test('are made once, by however many servers boot at the same time', async () => {
    await db.connection.raw('drop table pfapi_outbox');
    await db.connection.raw('drop table pfapi_state');
    const made = await Promise.all(Array.from({ length: 8 }, () => openTables(db)));
    expect(new Set(made.map((one) => one.databaseId)).size).toBe(1);
    expect(await db.connection('pfapi_state').select('id')).toEqual([{ id: 1 }]);
    ({ databaseId } = made[0]);
    await insert(A);
    // Not toThrow: the driver makes its errors outside of Jest's realm.
    await expect(insert(A)).rejects.toMatchObject({ code: expect.any(String) });
  });

  test('outlive a boot, also one with another schema', async () => {
    await insert(A);
    const before = databaseId;
    // As if a content type had been changed: Strapi compares its schema with the database's.
    await db.connection('strapi_database_schema').delete();
    await shutDown();
    await boot(app.databaseEnv);
    expect(databaseId).toBe(before);
    expect(await idsNow()).toEqual([A]);
  });

  test('list() gives ids and intents, read() the records of those that are there', async () => {
    expect(await ask('list')).toEqual({ rows: [], removed: { epoch: null, position: null } });
    await insert(B);
    await insert(A, true);
    expect((await ask('list')).rows).toEqual([
      { id: B, intent: false },
      { id: A, intent: true, record: `of ${A}` },
    ]);
    const read = await ask('read', [A, B, C]);
    expect(read.sort((one, other) => (one.id < other.id ? -1 : 1))).toEqual([
      { id: A, intent: true, record: `of ${A}` },
      { id: B, intent: false, record: `of ${B}` },
    ]);
    expect(await ask('read', [])).toEqual([]);
  });

  test('more rows than one statement takes are read and removed', async () => {
    const ids = Array.from({ length: 1201 }, (_, i) => i.toString(16).padStart(32, '0'));
    for (let from = 0; from < ids.length; from += 100) {
      await db
        .connection('pfapi_outbox')
        .insert(
          ids.slice(from, from + 100).map((id) => ({ id, intent: false, record: '{}', server: 'test' })),
        );
    }
    expect(await ask('read', ids)).toHaveLength(1201);
    expect(await ask('remove', { ids, epoch: null, position: null })).toBe(null);
    expect(await idsNow()).toEqual([]);
  });

  test('remove() spares intents, and remembers the newest position', async () => {
    await ask('claim', { observed: null, epoch: E1 });
    await insert(A);
    await insert(B, true);
    const removed = async (position) => {
      await ask('remove', { ids: [A, B], epoch: E1, position });
      return (await ask('list')).removed.position;
    };
    expect(await removed('99-5')).toBe('99-5');
    expect(await idsNow()).toEqual([B]);
    // By number, not by text; and never back.
    expect(await removed('100-1')).toBe('100-1');
    expect(await removed('99-9')).toBe('100-1');
    expect(await removed('100-10')).toBe('100-10');
    expect(await removed('100-9')).toBe('100-10');
    expect(await removed(null)).toBe('100-10');
  });

  test('remove() does nothing for an epoch that is over', async () => {
    await ask('claim', { observed: null, epoch: E2 });
    await insert(A);
    await ask('remove', { ids: [A], epoch: E1, position: '1-1' });
    expect(await ask('list')).toEqual({
      rows: [{ id: A, intent: false }],
      removed: { epoch: E2, position: null },
    });
  });

  test('remove() without a log spares what may be the only trace for others, and ends their log', async () => {
    await ask('claim', { observed: null, epoch: E1 });
    await insert(A);
    await insert(B);
    await ask('remove', { ids: [A, B], epoch: null, position: null });
    expect(await ask('list')).toMatchObject({ rows: [{ id: A }, { id: B }], removed: { epoch: E1 } });
    const old = client === 'sqlite' ? "datetime('now', '-3700 seconds')" : "now() - interval '3700 seconds'";
    await db
      .connection('pfapi_outbox')
      .where({ id: A })
      .update({ created_at: db.connection.raw(old) });
    // Whichever it is asked for.
    await ask('remove', { ids: [B], epoch: null, position: null });
    const { rows, removed } = await ask('list');
    expect(rows).toEqual([{ id: B, intent: false }]);
    expect(removed).toEqual({ epoch: expect.stringMatching(/^[0-9a-f]{16}$/), position: null });
    expect(removed.epoch).not.toBe(E1);
  });

  test('list() repairs what was written by hand', async () => {
    const warn = jest.fn();
    store = createStore(connection, tables, undefined, warn);
    await insert(B);
    await insert('by hand');
    await insert('A'.repeat(32));
    await db.connection('pfapi_state').update({ epoch: 'no epoch', removed: '5-0' });
    const first = await ask('list');
    const proper = { id: expect.stringMatching(/^[0-9a-f]{32}$/), intent: false };
    expect(first.rows).toEqual([{ id: B, intent: false }, proper, proper]);
    expect(first.removed).toEqual({ epoch: expect.stringMatching(/^[0-9a-f]{16}$/), position: null });
    expect(await ask('list')).toEqual(first);
    expect(warn.mock.calls.map(([code]) => code)).toEqual(['PFAPI_OUTBOX_ROW', 'PFAPI_OUTBOX_STATE']);
    await db.connection('pfapi_state').update({ removed: 'nowhere' });
    expect((await ask('list')).removed).toEqual({ epoch: first.removed.epoch, position: null });
    await ask('remove', { ids: [], epoch: first.removed.epoch, position: '7-0' });
    expect((await ask('list')).removed.position).toBe('7-0');
  });

  test('nothing is created where the tables are there', async () => {
    const seen = [];
    const note = ({ sql }) => seen.push(sql);
    db.connection.on('query', note);
    await openTables(db);
    db.connection.removeListener('query', note);
    expect(seen.filter((sql) => /^create/.test(sql))).toEqual([]);
  });

  test('settle() makes rows of intents only', async () => {
    await insert(A, true);
    await insert(B);
    expect(
      await ask('settle', [
        { id: A, as: C },
        { id: B, as: 'd'.repeat(32) },
        { id: 'e'.repeat(32), as: 'f'.repeat(32) },
      ]),
    ).toBe(null);
    expect((await ask('list')).rows).toEqual([
      { id: C, intent: false },
      { id: B, intent: false },
    ]);
    expect(await ask('read', [C])).toEqual([{ id: C, intent: false, record: `of ${A}` }]);
  });

  test('one of several claims wins, and forgets what was removed', async () => {
    const other = await openConnection(db);
    try {
      const second = createStore(other, tables);
      const claim = (of, observed, epoch) => of.claim(JSON.stringify({ observed, epoch }));
      const won = await Promise.all([claim(store, null, E1), claim(second, null, E2)]);
      expect(won.sort()).toEqual(['false', 'true']);
      const { epoch } = (await ask('list')).removed;
      await ask('remove', { ids: [], epoch, position: '5-0' });
      expect(await claim(store, E0, E3)).toBe('false');
      expect((await ask('list')).removed).toEqual({ epoch, position: '5-0' });
      expect(await claim(second, epoch, E3)).toBe('true');
      expect((await ask('list')).removed).toEqual({ epoch: E3, position: null });
    } finally {
      await other.close();
    }
  });

  test('a failure is a rejection, and the next attempt works', async () => {
    await expect(store.read('no json')).rejects.toThrow();
    await db.connection.raw('alter table pfapi_state rename to pfapi_state_away');
    try {
      await expect(store.list()).rejects.toMatchObject({ code: expect.any(String) });
    } finally {
      await db.connection.raw('alter table pfapi_state_away rename to pfapi_state');
    }
    expect((await ask('list')).rows).toEqual([]);
  });

  test('a transaction of Strapi’s does not hold up a poll', async () => {
    await db.transaction(async ({ trx }) => {
      await trx('pfapi_outbox').insert({ id: A, intent: false, record: '{}', server: 'test' });
      expect((await ask('list')).rows).toEqual([]);
    });
    expect(await idsNow()).toEqual([A]);
  });

  test('what has to wait for a lock waits a short time, and says so', async () => {
    await insert(A);
    const began = performance.now();
    await db.transaction(async ({ trx }) => {
      await trx('pfapi_state').update({ removed: null });
      await expect(ask('claim', { observed: null, epoch: E1 })).rejects.toMatchObject({
        code: expect.any(String),
      });
    });
    expect(performance.now() - began).toBeLessThan(6000);
    expect(await ask('claim', { observed: null, epoch: E1 })).toBe(true);
  });
});

test('a database in memory has only one connection', async () => {
  const db = {
    dialect: { client: 'sqlite' },
    connection: { client: { connectionSettings: { filename: ':memory:' } } },
  };
  await expect(openConnection(db)).rejects.toThrow('in memory');
});
