'use strict';

const { Announcements } = require('../../strapi/server/writes/announcements');
const { Transactions } = require('../../strapi/server/writes/transactions');
const { isLost } = require('../../strapi/server/writes/lost');

const did = (uid, ...ids) => ({ uid, rows: ids.map((id) => ({ id, fields: null })), edges: [] });
const whole = (uid) => ({ uid, rows: null, edges: [] });

/** Everything that happens, in its order. */
let order;
let plugin;
let announcements;
let trx;
let write;
let begin;
let settle;

beforeEach(() => {
  jest.useFakeTimers();
  order = [];
  const say = (what, changes, id) => order.push({ what, changes, id });
  const cache = {
    record: JSON.stringify,
    commit: (id, record) => say('told', JSON.parse(record), id) && null,
    apply: (changes) => say('forgotten', changes),
    applyEverything: () => say('everything'),
    recordOfEverything: () => '"everything"',
  };
  const outbox = {
    announce: async (_, id, record) => Boolean(say('announced', JSON.parse(record), id)),
    add: (id, record) => say('added', JSON.parse(record), id),
  };
  plugin = { cache, outbox, inOwnContext: (fn) => fn(), log: { error() {} } };
  settle = {};
  trx = {
    commit: async () => void say('COMMIT'),
    rollback: async () => void say('ROLLBACK'),
    executionPromise: new Promise((resolve, reject) => Object.assign(settle, { resolve, reject })),
  };
  trx.executionPromise.catch(() => {});
  const db = { inTransaction: () => true, transaction: async (callback) => callback({ trx }) };
  announcements = new Announcements(plugin);
  const transactions = new Transactions(db, announcements);
  begin = (uid) => {
    const operation = {};
    const pending = transactions.pending();
    pending?.begin(operation, () => whole(uid));
    return (change) => pending?.end(operation, change);
  };
  write = (change) => begin(change.uid)(change);
});

afterEach(() => jest.useRealTimers());

const happened = () => order.map(({ what }) => what);

test('announced, then committed, then told under the same id, before the promise resolves', async () => {
  write(did('a', '1'));
  write(did('a', '2'));
  await trx.commit();
  expect(happened()).toEqual(['announced', 'COMMIT', 'told']);
  const [announced, , told] = order;
  expect(told.id).toBe(announced.id);
  expect(told.id).toMatch(/^[0-9a-f]{32}$/);
  expect(told.changes).toEqual([did('a', '1', '2')]);
  expect(announced.changes).toEqual(told.changes);
});

test('the writer waits until the others have been told', async () => {
  let publish;
  plugin.cache.commit = () => new Promise((resolve) => (publish = resolve));
  write(did('a', '1'));
  let resolved = false;
  const committed = trx.commit().then(() => (resolved = true));
  await jest.advanceTimersByTimeAsync(100);
  expect(resolved).toBe(false);
  publish();
  await committed;
});

test('a failed announcement makes the change coarser', async () => {
  plugin.outbox.announce = async () => false;
  write({ ...did('a', '1'), edges: ['x'] });
  await trx.commit();
  expect(order).toMatchObject([
    { what: 'COMMIT' },
    // After the fact, which is better than not at all.
    { what: 'added', changes: [{ ...whole('a'), edges: ['x'] }] },
    { what: 'told', changes: [{ ...whole('a'), edges: ['x'] }] },
  ]);
});

test('a transaction that the announcement has lost is not committed, and its writer learns of it', async () => {
  const deadlock = new Error('deadlock');
  plugin.outbox.announce = async () => {
    throw deadlock;
  };
  write(did('a', '1'));
  await expect(trx.commit()).rejects.toBe(deadlock);
  expect(order).toMatchObject([{ what: 'ROLLBACK' }, { what: 'forgotten', changes: [did('a', '1')] }]);
});

test('what was rolled back is told to nobody else', async () => {
  write(did('a', '1'));
  await trx.rollback();
  expect(happened()).toEqual(['ROLLBACK', 'forgotten']);
});

test('a write that still runs is announced by what it may change, and counts by itself when it ends', async () => {
  const end = begin('b');
  write(did('a', '1'));
  await trx.commit();
  expect(order[0]).toMatchObject({ what: 'announced', changes: [did('a', '1'), whole('b')] });
  expect(end(did('b', '2'))).toBe(false);
});

test('a write that comes while others are being announced is announced too', async () => {
  const { announce } = plugin.outbox;
  plugin.outbox.announce = async (...args) => {
    plugin.outbox.announce = announce;
    write(did('b', '2'));
    return announce(...args);
  };
  write(did('a', '1'));
  await trx.commit();
  expect(happened()).toEqual(['announced', 'announced', 'COMMIT', 'told', 'told']);
  expect(new Set(order.map(({ id }) => id).filter(Boolean)).size).toBe(2);
});

test('an outcome that is unknown is told twice, never under the id of the row', async () => {
  // As knex does: the promise of commit() resolves although the database has refused.
  trx.commit = async () => settle.reject(new Error('connection lost'));
  write(did('a', '1'));
  await trx.commit();
  expect(happened()).toEqual(['announced', 'told']);
  await jest.advanceTimersByTimeAsync(5000);
  expect(happened()).toEqual(['announced', 'told', 'told']);
  expect(new Set(order.map(({ id }) => id)).size).toBe(3);
  for (const { changes } of order) expect(changes).toEqual([did('a', '1')]);
});

test('a commit that throws is an outcome that is unknown', async () => {
  trx.commit = async () => {
    throw new Error('no');
  };
  write(did('a', '1'));
  await expect(trx.commit()).rejects.toThrow('no');
  expect(happened()).toEqual(['announced', 'told']);
});

test('what was to be told again is told when Strapi is going', async () => {
  trx.commit = async () => settle.reject(new Error('connection lost'));
  write(did('a', '1'));
  await trx.commit();
  await announcements.close();
  expect(happened()).toEqual(['announced', 'told', 'told']);
  expect(jest.getTimerCount()).toBe(0);
});

test('a connection that breaks before COMMIT was sent has rolled back', async () => {
  write(did('a', '1'));
  settle.reject(new Error('connection lost'));
  await jest.advanceTimersByTimeAsync(0);
  expect(happened()).toEqual(['forgotten']);
});

test('a transaction that was settled behind our back may have been committed', async () => {
  write(did('a', '1'));
  settle.resolve();
  await jest.advanceTimersByTimeAsync(0);
  expect(happened()).toEqual(['added', 'told']);
  expect(order[0]).toMatchObject({ id: order[1].id, changes: order[1].changes });
});

test('without an outbox nothing is put into the transaction', async () => {
  plugin.outbox = null;
  write(did('a', '1'));
  await trx.commit();
  expect(happened()).toEqual(['COMMIT', 'told']);
});

test('a record that cannot be made evicts everything, here and elsewhere', async () => {
  plugin.cache.record = () => {
    throw new Error('no record');
  };
  write(did('a', '1'));
  await trx.commit();
  expect(happened()).toEqual(['COMMIT', 'added', 'everything', 'told']);
  const [, added, , told] = order;
  expect(told).toMatchObject({ id: added.id, changes: { v: 1, everything: 'unreadable-write' } });
  expect(added.changes).toEqual(told.changes);
});

describe('without a cache', () => {
  test('changes are announced all the same, in the words of the addon', async () => {
    plugin.cache = null;
    write(did('a', '1'));
    await trx.commit();
    expect(happened()).toEqual(['announced', 'COMMIT']);
    expect(order[0].changes).toEqual({ v: 1, changes: [{ uid: 'a', rows: did('a', '1').rows }] });
  });

  test('what was rolled back is told to nobody', async () => {
    plugin.cache = null;
    write(did('a', '1'));
    await trx.rollback();
    expect(happened()).toEqual(['ROLLBACK']);
  });

  test('one that fails is given up, and the change that found it out is announced', async () => {
    const fail = () => {
      throw new Error('does not answer');
    };
    Object.assign(plugin.cache, { record: fail, commit: fail, apply: fail, applyEverything: fail });
    write(did('a', '1'));
    await trx.commit();
    expect(plugin).toMatchObject({ cache: null, bypass: 'fault' });
    expect(order).toMatchObject([
      { what: 'COMMIT' },
      { what: 'added', changes: { v: 1, everything: 'unreadable-write' } },
    ]);
    const { changes } = JSON.parse(announcements.record([{ ...did('b', '2'), edges: ['c'] }]));
    expect(changes).toEqual([{ uid: 'b', rows: did('b', '2').rows, edges: ['c'] }]);
  });
});

test('two calls of commit() announce once, and neither COMMIT overtakes the announcement', async () => {
  write(did('a', '1'));
  await Promise.all([trx.commit(), trx.commit()]);
  expect(happened()).toEqual(['announced', 'COMMIT', 'COMMIT', 'told']);
});

test.each([
  [true, Object.assign(new Error('x'), { fatal: true })],
  [true, Object.assign(new Error('x'), { code: 'ECONNRESET' })],
  [true, Object.assign(new Error('x'), { code: '57P01' })],
  [true, new Error('insert into t - Connection terminated unexpectedly')],
  [true, new Error('Knex: Timeout acquiring a connection.')],
  [false, Object.assign(new Error('duplicate key'), { code: '23505' })],
  [
    false,
    Object.assign(new Error("insert into t values ('connection') - UNIQUE failed"), {
      code: 'SQLITE_CONSTRAINT',
    }),
  ],
  [false, new Error('a hook says no')],
  [false, null],
])('whether a write may still take effect: %s for %s', (lost, error) => expect(isLost(error)).toBe(lost));
