'use strict';

const { Intents } = require('../../strapi/server/outbox/intents');

const A = 'api::a.a';
const may = (uid = A, edges = []) => ({ uid, rows: null, edges });
const did = (id, uid = A, edges = []) => ({ uid, rows: [{ id, fields: null }], edges });

/** The rows as the database would have them, and every statement that led to them. */
class Table {
  rows = new Map();
  statements = [];
  /** What a statement does before it is carried out. */
  before = async (statement) => void statement;

  async #do(statement) {
    this.statements.push(statement);
    await this.before(statement);
  }

  async intend(id, record) {
    await this.#do('intend');
    this.rows.set(id, { intent: true, changes: JSON.parse(record) });
  }

  async settle(intent, id, record) {
    await this.#do('settle');
    this.rows.delete(intent);
    this.rows.set(id, { intent: false, changes: JSON.parse(record) });
  }

  async add(id, record) {
    await this.#do('add');
    this.rows.set(id, { intent: false, changes: JSON.parse(record) });
  }

  get all() {
    return [...this.rows.values()];
  }
}

let table;
let intents;
let failures;
let count;
let known;

beforeEach(() => {
  jest.useFakeTimers();
  table = new Table();
  failures = [];
  count = 0;
  known = [];
  intents = new Intents({
    rows: table,
    recordOf: JSON.stringify,
    failed: (error) => failures.push(error.message),
    known: (id) => known.push(id),
    longestWrite: 120_000,
  });
});

afterEach(() => jest.useRealTimers());

const begin = async (change = may()) => {
  const intent = intents.begin(change);
  if (intent.ready) await intent.ready;
  return intent;
};

const end = (intent, change, late) => {
  count += 1;
  const id = `change${count}`;
  return intents.end(intent, change, id, JSON.stringify([change]), late);
};

const write = async (change = did('1'), what = may(change.uid, change.edges)) => {
  const intent = await begin(what);
  await end(intent, change);
};

/** Lets a fourth write follow closely, which stands for more. */
const burst = async () => {
  for (let i = 0; i < 4; i += 1) await write(did(`${i}`));
};

test('a write of its own: an intent before, and afterwards the row under its id', async () => {
  const intent = await begin();
  expect(table.all).toEqual([{ intent: true, changes: [may()] }]);
  await end(intent, did('1'));
  expect([...table.rows]).toEqual([['change1', { intent: false, changes: [did('1')] }]]);
  expect(table.statements).toEqual(['intend', 'settle']);
  expect(intents.open).toBe(0);
});

test('no write starts before its intent is there', async () => {
  let commit;
  table.before = () => new Promise((resolve) => (commit = resolve));
  const [first, second] = [intents.begin(may()), intents.begin(may())];
  expect(first).toBe(second);
  let ready = false;
  first.ready.then(() => (ready = true));
  await jest.advanceTimersByTimeAsync(1000);
  expect(ready).toBe(false);
  commit();
  await first.ready;
  expect(first.durable).toBe(true);
});

test('writes that run side by side share an intent, and settle it when all are over', async () => {
  const first = await begin();
  const second = await begin();
  expect(end(first, did('1'))).toBe(null);
  expect(table.all).toEqual([{ intent: true, changes: [may()] }]);
  await end(second, did('2'));
  const [[id, row]] = table.rows;
  // Not known to anyone: each of the two was told under an id of its own.
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(row).toEqual({
    intent: false,
    changes: [{ ...did('1'), rows: [...did('1').rows, ...did('2').rows] }],
  });
  expect(table.statements).toEqual(['intend', 'settle']);
});

test('writes of other types and other relations have intents of their own', async () => {
  await begin(may(A));
  await begin(may('api::b.b'));
  await begin(may(A, ['x', 'y']));
  await begin(may(A, ['y', 'x']));
  expect(table.all.map(({ changes: [{ uid, edges }] }) => [uid, edges])).toEqual([
    [A, []],
    ['api::b.b', []],
    [A, ['x', 'y']],
  ]);
});

test('of a burst, the fourth write’s intent stands for all that follow, until it is quiet', async () => {
  await burst();
  expect(table.statements).toHaveLength(7);
  for (let i = 4; i < 104; i += 1) {
    await write(did(`${i}`));
    await jest.advanceTimersByTimeAsync(50);
  }
  expect(table.statements).toHaveLength(7);
  expect(table.all.filter((row) => row.intent)).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(199);
  expect(intents.open).toBe(1);
  await jest.advanceTimersByTimeAsync(1);
  expect(intents.open).toBe(0);
  expect(table.statements).toHaveLength(8);
  expect(table.all.at(-1).changes[0].rows).toHaveLength(101);
});

test('three writes are no burst, nor are four in more than a quarter of a second', async () => {
  for (let i = 0; i < 10; i += 1) {
    await write();
    await jest.advanceTimersByTimeAsync(84);
    expect(intents.open).toBe(0);
  }
  expect(table.statements).toHaveLength(20);
});

test('more rows than can be listed are the whole type', async () => {
  await burst();
  for (let i = 0; i < 300; i += 1) await write(did(`${i}`));
  await intents.close();
  expect(table.all.at(-1)).toEqual({ intent: false, changes: [may()] });
});

test('an intent is not settled while a write that relies on it runs, however quiet it is', async () => {
  await burst();
  const slow = await begin();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(table.all.filter((row) => row.intent)).toHaveLength(1);
  // By now it is too old for others; the next write has its own.
  await write(did('9'));
  expect(table.all.filter((row) => row.intent)).toHaveLength(1);
  await end(slow, did('8'));
  expect(table.all.filter((row) => row.intent)).toHaveLength(0);
  const told = table.all.flatMap(({ changes: [{ rows }] }) => rows.map(({ id }) => id));
  expect(told).toEqual(expect.arrayContaining(['8', '9']));
});

test('a burst without end gets a new intent before a cleaner would take the old one', async () => {
  await burst();
  for (let i = 0; i < 300; i += 1) {
    await write();
    await jest.advanceTimersByTimeAsync(100);
  }
  const intended = table.statements.filter((statement) => statement === 'intend').length;
  expect(intended).toBeGreaterThanOrEqual(3 + 3);
  expect(intended).toBeLessThan(3 + 6);
});

test('an intent that cannot be inserted holds up nobody, and the row comes afterwards', async () => {
  table.before = async (statement) => {
    if (statement === 'intend') throw new Error('no table');
  };
  const first = intents.begin(may());
  const second = intents.begin(may());
  await Promise.all([first.ready, second.ready]);
  expect([first.durable, second.durable]).toEqual([false, false]);
  expect(failures).toEqual(['no table']);
  end(first, may());
  await end(second, may());
  expect(table.all).toEqual([{ intent: false, changes: [may()] }]);
  // The next one tries again.
  table.before = async () => {};
  expect((await begin()).durable).toBe(true);
});

test('a row that cannot be settled leaves the intent for a cleaner', async () => {
  table.before = async (statement) => {
    if (statement === 'settle') throw new Error('gone');
  };
  await write();
  expect(failures).toEqual(['gone']);
  expect(table.all).toEqual([{ intent: true, changes: [may()] }]);
  expect(intents.open).toBe(0);
});

test('a write that may still take effect keeps its intent for a while, and is news after that', async () => {
  const intent = await begin();
  expect(end(intent, may(), true)).toBe(null);
  await jest.advanceTimersByTimeAsync(4999);
  expect(table.all).toEqual([{ intent: true, changes: [may()] }]);
  await jest.advanceTimersByTimeAsync(1);
  expect(table.all).toEqual([{ intent: false, changes: [may()] }]);
  expect(table.rows.has('change1')).toBe(false);
});

test('this process knows its own intents and rows, but not those of a write that may take effect later', async () => {
  const first = await begin();
  const second = await begin();
  expect(intents.own).toEqual([first.id]);
  end(first, did('1'));
  await end(second, did('2'));
  expect(intents.own).toEqual([]);
  expect(known).toEqual([...table.rows.keys()]);
  const late = await begin();
  end(late, may(), true);
  expect(intents.own).toEqual([]);
  await jest.advanceTimersByTimeAsync(5000);
  expect(known).toHaveLength(1);
});

test('what a hook adds to the data of a type is foreseen from then on', async () => {
  await write(did('1', A, ['x']), may(A));
  await begin(may(A));
  expect(table.all.at(-1)).toEqual({ intent: true, changes: [may(A, ['x'])] });
});

test('close() settles what stands, and afterwards nothing stands', async () => {
  await burst();
  expect(intents.open).toBe(1);
  await intents.close();
  expect(intents.open).toBe(0);
  expect(jest.getTimerCount()).toBe(0);
  await burst();
  expect(intents.open).toBe(0);
  expect(table.all.every((row) => !row.intent)).toBe(true);
});

test('close() leaves an intent to the write that runs', async () => {
  const intent = await begin();
  await intents.close();
  expect(table.all).toEqual([{ intent: true, changes: [may()] }]);
  await end(intent, did('1'));
  expect(table.all).toEqual([{ intent: false, changes: [did('1')] }]);
});

describe('a row that does not come', () => {
  let come;

  beforeEach(() => {
    const held = new Promise((resolve) => (come = resolve));
    table.before = (statement) => (statement === 'intend' ? held : Promise.resolve());
  });

  test('is waited for two seconds, and is news by itself if it comes after the write', async () => {
    const intent = intents.begin(may());
    await jest.advanceTimersByTimeAsync(1900);
    expect(intent.ready).not.toBe(null);
    await jest.advanceTimersByTimeAsync(200);
    expect([intent.ready, intent.durable]).toEqual([null, false]);
    expect(failures).toHaveLength(1);
    await end(intent, may());
    expect(table.statements).toEqual(['intend', 'add']);
    come();
    await jest.advanceTimersByTimeAsync(0);
    expect(table.all).toEqual([
      { intent: false, changes: [may()] },
      { intent: false, changes: [may()] },
    ]);
  });

  test('is settled by the write if it comes before its end', async () => {
    const intent = intents.begin(may());
    await jest.advanceTimersByTimeAsync(2100);
    come();
    await jest.advanceTimersByTimeAsync(0);
    expect(intent.durable).toBe(false);
    await end(intent, may());
    expect(table.all).toEqual([{ intent: false, changes: [may()] }]);
  });
});
