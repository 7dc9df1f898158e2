'use strict';

const path = require('node:path');
const { Database } = require('@strapi/database');
const { Announcements } = require('../../strapi/server/writes/announcements');
const { Transactions } = require('../../strapi/server/writes/transactions');

const change = (uid, ...ids) => ({ uid, rows: ids.map((id) => ({ id, fields: null })), edges: [] });
/** What may change, as it is said of a write that is still running. */
const mayChange = (uid) => ({ uid, rows: null, edges: [] });

/** A cache that keeps what it is told, and the plugin around it. `outbox` may be set later. */
const recordingPlugin = () => {
  const applied = [];
  const told = [];
  const apply = (how, changes, id) => {
    applied.push(changes);
    told.push({ how, changes, id });
  };
  const cache = {
    record: JSON.stringify,
    commit: (id, record) => apply('committed', JSON.parse(record), id) ?? null,
    apply: (changes) => apply('local', changes),
    applyEverything: () => apply('everything'),
    recordOfEverything: () => '"everything"',
  };
  return { cache, applied, told, inOwnContext: (fn) => fn(), log: { error() {} }, outbox: null };
};

/** A write as the seam brings it: begun, and over at once. */
const writer = (transactions, announcements) => (change, given) => {
  const pending = transactions.pending(given);
  const operation = {};
  pending?.begin(operation, () => mayChange(change.uid));
  if (!pending?.end(operation, change)) announcements.committed('0', announcements.record([change]));
};

const rowsOf = (from, to) => Array.from({ length: to - from }, (_, i) => String(from + i));

describe('with Strapi’s database and a real knex transaction', () => {
  /** @type {Database} */
  let db;
  let plugin;
  let applied;
  let transactions;
  let write;

  const start = () => {
    const announcements = new Announcements(plugin);
    transactions = new Transactions(db, announcements);
    write = writer(transactions, announcements);
    ({ applied } = plugin);
  };

  beforeEach(async () => {
    const connection = { client: 'sqlite', connection: { filename: ':memory:' }, useNullAsDefault: true };
    const settings = { migrations: { dir: path.join(__dirname, 'none') } };
    db = new Database({ connection, settings, logger: { debug() {}, warn() {} } });
    // Strapi makes an absolute path of the name; knex has not opened it yet.
    db.connection.client.connectionSettings.filename = ':memory:';
    await db.connection.raw('PRAGMA foreign_keys = ON');
    await db.connection.raw('CREATE TABLE parents (id INTEGER PRIMARY KEY)');
    await db.connection.raw(
      'CREATE TABLE rows (id INTEGER PRIMARY KEY, parent REFERENCES parents DEFERRABLE INITIALLY DEFERRED)',
    );
    plugin = recordingPlugin();
    start();
  });

  afterEach(() => db.destroy());

  test('outside of a transaction a change is applied at once', () => {
    write(change('a', '1'));
    expect(applied).toEqual([[change('a', '1')]]);
  });

  test('inside of one nothing is applied before it commits, then all at once and only once', async () => {
    await db.transaction(async ({ trx }) => {
      await trx('rows').insert({ id: 1 });
      write(change('a', '1'));
      await trx('rows').insert({ id: 2 });
      write(change('a', '2'));
      write(change('b', '3'));
      expect(applied).toEqual([]);
    });
    expect(applied).toEqual([[change('a', '1', '2'), change('b', '3')]]);
    expect(await db.connection('rows').count({ n: '*' })).toEqual([{ n: 2 }]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(applied).toHaveLength(1);
  });

  test('it is applied after COMMIT has run and before the promise of commit() resolves', async () => {
    const order = [];
    await db.transaction(async ({ trx }) => {
      const sqlite = await trx.client.acquireConnection();
      plugin.cache.commit = () => order.push(['applied', sqlite.inTransaction]);
      await trx('rows').insert({ id: 1 });
      write(change('a', '1'));
      expect([order, sqlite.inTransaction]).toEqual([[], true]);
      await trx.commit();
      order.push('commit() resolved');
    });
    expect(order).toEqual([['applied', false], 'commit() resolved']);
  });

  test('callbacks of onCommit, such as webhooks, come after it', async () => {
    const seen = [];
    await db.transaction(async ({ trx, onCommit }) => {
      onCommit(() => seen.push(applied.length));
      await trx('rows').insert({ id: 1 });
      write(change('a', '1'));
    });
    expect(seen).toEqual([1]);
  });

  test('a rollback counts as a change too', async () => {
    const failing = db.transaction(async ({ trx }) => {
      await trx('rows').insert({ id: 1 });
      write(change('a', '1'));
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(applied).toEqual([[change('a', '1')]]);
    expect(await db.connection('rows').select()).toEqual([]);
  });

  test('a COMMIT that the database refuses counts as a change too', async () => {
    await db.transaction(async ({ trx }) => {
      trx.executionPromise.catch(() => {});
      await trx('rows').insert({ id: 1, parent: 99 });
      write(change('a', '1'));
    });
    expect(applied).toEqual([[change('a', '1')]]);
  });

  test('a transaction inside of another settles with the outer one', async () => {
    await db.transaction(async () => {
      await db.transaction(async ({ trx }) => {
        await trx('rows').insert({ id: 1 });
        write(change('a', '1'));
      });
      expect(applied).toEqual([]);
      write(change('a', '2'));
    });
    expect(applied).toEqual([[change('a', '1', '2')]]);
  });

  test('asking for the transaction settles nothing', async () => {
    await db.transaction(async ({ trx }) => {
      write(change('a', '1'));
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(trx.isCompleted()).toBe(false);
      await trx('rows').insert({ id: 1 });
    });
    expect(await db.connection('rows').select('id')).toEqual([{ id: 1 }]);
  });

  test('a transaction that writes nothing applies nothing', async () => {
    await db.transaction(async ({ trx }) => trx('rows').select());
    expect(applied).toEqual([]);
  });

  test('a write that ends after its transaction is applied at once', async () => {
    let late;
    await db.transaction(async () => {
      write(change('a', '1'));
      late = new Promise((resolve) => setTimeout(resolve, 20)).then(() => {
        const before = applied.length;
        write(change('a', '2'));
        return applied.length - before;
      });
    });
    expect(applied).toHaveLength(1);
    expect(await late).toBe(1);
    expect(applied[1]).toEqual([change('a', '2')]);
  });

  test('more than 200 rows of one type are the whole type, and of another its own rows', async () => {
    await db.transaction(async () => {
      for (const id of rowsOf(0, 200)) write({ ...change('a', id), edges: [`edge${id % 2}`] });
      for (const id of rowsOf(0, 201)) write(change('b', id));
    });
    const [[a, b]] = applied;
    expect(a.rows).toHaveLength(200);
    expect(a.edges).toEqual(['edge0', 'edge1']);
    expect(b).toEqual({ uid: 'b', rows: null, edges: [] });
  });

  test('the whole type stays the whole type', async () => {
    await db.transaction(async () => {
      write({ uid: 'a', rows: null, edges: ['x'] });
      write({ ...change('a', '1'), edges: ['y'] });
    });
    expect(applied).toEqual([[{ uid: 'a', rows: null, edges: ['x', 'y'] }]]);
  });
});

describe('with a transaction made for the purpose', () => {
  function setUp() {
    const settle = {};
    const executionPromise = new Promise((resolve, reject) => Object.assign(settle, { resolve, reject }));
    const trx = { commit: async () => 'value', rollback: async () => {}, executionPromise };
    let running = trx;
    const db = {
      inTransaction: () => Boolean(running),
      transaction: async (callback) => callback({ trx: running }),
    };
    const plugin = recordingPlugin();
    const announcements = new Announcements(plugin);
    const transactions = new Transactions(db, announcements);
    const write = writer(transactions, announcements);
    return { ...plugin, plugin, trx, settle, transactions, write, enter: (other) => (running = other) };
  }

  test('a connection that breaks, so that neither commit nor rollback ends, counts as a change', async () => {
    const { settle, applied, write, trx } = setUp();
    write(change('a', '1'));
    settle.reject(new Error('connection lost'));
    await expect(trx.executionPromise).rejects.toThrow('connection lost');
    await null;
    expect(applied).toEqual([[change('a', '1')]]);
    write(change('a', '2'));
    expect(applied).toEqual([[change('a', '1')], [change('a', '2')]]);
  });

  test('it is applied before the promise of rollback() resolves too', async () => {
    const { applied, write, enter } = setUp();
    const other = { commit: async () => {}, rollback: async () => {} };
    enter(other);
    write(change('a', '1'));
    await other.rollback();
    expect(applied).toEqual([[change('a', '1')]]);
  });

  test('what commit() takes, gives and throws comes through', async () => {
    const { trx, applied, write } = setUp();
    const taken = [];
    trx.commit = async (...args) => {
      taken.push(args);
      throw new Error('no');
    };
    write(change('a', '1'));
    await expect(trx.commit('value')).rejects.toThrow('no');
    expect(taken).toEqual([['value']]);
    expect(applied).toEqual([[change('a', '1')]]);
  });

  test('two transactions side by side settle each by itself', async () => {
    const { trx, applied, write, enter } = setUp();
    const other = { commit: async () => {}, rollback: async () => {} };
    write(change('a', '1'));
    enter(other);
    write(change('a', '2'));
    await other.commit();
    expect(applied).toEqual([[change('a', '2')]]);
    await expect(trx.commit()).resolves.toBe('value');
    expect(applied).toEqual([[change('a', '2')], [change('a', '1')]]);
  });
});
