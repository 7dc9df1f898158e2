'use strict';

// The outbox on MariaDB, whose dialect Strapi calls "mysql": what differs there is the SQL and what a failure does to a
// transaction. All else is tested on PostgreSQL and SQLite.
const { pluginOf } = require('../../strapi/server/plugin');
const { openConnection } = require('../../strapi/server/outbox/connection');
const { createSchemaMemory } = require('../../strapi/server/outbox/schema-memory');
const { createStore } = require('../../strapi/server/outbox/store');
const { sweep } = require('../../strapi/server/outbox/sweep');
const { openTables } = require('../../strapi/server/outbox/tables');
const { outcomeOf } = require('../support/content');
const { READS, expectFollowed } = require('../support/followed');
const { startServer } = require('../support/servers');
const { contentRows } = require('../support/outbox');
const { bootStrapi } = require('../support/strapi');

const PLACE = 'api::place.place';
// Newest first: a page has 25.
const LIST = '/find-many/places?sort=id:desc';
const POLL_MS = 300;
const BOUND_MS = 1000;
const FOLLOWING = { outbox: { pollInterval: POLL_MS }, maxStaleOffline: 1000 };

let app;
let db;
let plugin;
let places;
let queries;
let id;
let documentId;

beforeAll(async () => {
  app = await bootStrapi({ client: 'mysql', plugin: FOLLOWING, keepFiles: true });
  ({ db } = app.strapi);
  plugin = pluginOf(app.strapi);
  places = app.strapi.documents(PLACE);
  queries = db.query(PLACE);
  await app.grantPublic(READS);
});

afterAll(() => app?.close());

const quiet = async () => {
  while (plugin.outbox.stats().intents > 0) await new Promise((resolve) => setTimeout(resolve, 20));
};

beforeEach(async () => {
  ({ id, documentId } = await places.create({ data: { name: 'old' } }));
  await quiet();
  await db.connection('pfapi_outbox').delete();
});

const rows = () => contentRows(db);

const rename = (name) => places.update({ documentId, data: { name } });
const nameNow = async () => (await db.connection('places').where({ id }).first()).name;
const whole = { uid: PLACE, rows: null };
const itself = { uid: PLACE, rows: [expect.objectContaining({ id: expect.any(String) })] };

const [E1, E2, E3] = ['1', '2', '3'].map((digit) => digit.repeat(16));

describe('writes in a transaction', () => {
  test('leave one row, which shows when the data does', async () => {
    await db.transaction(async () => {
      await rename('new');
      await queries.create({ data: { name: 'second' } });
      expect(JSON.parse(await plugin.outbox.store.list()).rows).toEqual([]);
      expect(await nameNow()).toBe('old');
    });
    expect(await rows()).toMatchObject([{ intent: false, changes: [{ uid: PLACE }] }]);
    expect(await nameNow()).toBe('new');
  });

  test('leave nothing when they are rolled back', async () => {
    const failing = db.transaction(async () => {
      await rename('never');
      throw new Error('taken back');
    });
    await expect(failing).rejects.toThrow('taken back');
    expect(await rows()).toEqual([]);
    expect(await nameNow()).toBe('old');
  });

  test('commit although the announcement fails', async () => {
    await db.connection.raw('alter table pfapi_outbox rename to pfapi_outbox_away');
    const { insertFailures } = plugin.outbox.stats();
    try {
      await rename('kept');
    } finally {
      await db.connection.raw('alter table pfapi_outbox_away rename to pfapi_outbox');
    }
    expect(await nameNow()).toBe('kept');
    expect(plugin.outbox.stats().insertFailures).toBeGreaterThan(insertFailures);
  });

  // InnoDB rolls back all of it, and would take a COMMIT with thanks.
  test('that the announcement has lost to a deadlock are not reported as committed', async () => {
    const { prototype } = db.connection.client.constructor;
    const original = prototype._query;
    prototype._query = async function deadlocked(connection, asked) {
      if (!/insert into .pfapi_outbox/.test(asked.sql)) return original.call(this, connection, asked);
      prototype._query = original;
      await original.call(this, connection, { ...asked, sql: 'ROLLBACK', bindings: [] });
      throw Object.assign(new Error('Deadlock found'), { errno: 1213 });
    };
    await expect(rename('never')).rejects.toMatchObject({ errno: 1213 });
    expect(await nameNow()).toBe('old');
    expect(await rows()).toEqual([]);
  });
});

describe('writes outside of any transaction', () => {
  // The writes of the test before are not to be taken for the beginning of a burst.
  beforeEach(() => new Promise((resolve) => setTimeout(resolve, 300)));

  test('are announced by an intent, and exactly when they are done', async () => {
    const seen = [];
    const note = ({ sql }) => /^(insert|update)/.test(sql) && seen.push(sql.split('`')[1]);
    db.connection.on('query', note);
    await queries.update({ where: { id }, data: { name: 'x' } });
    db.connection.removeListener('query', note);
    expect(seen).toEqual(['pfapi_outbox', 'places', 'pfapi_outbox']);
    expect(await rows()).toMatchObject([{ intent: false, changes: [itself] }]);
  });

  test('share an intent when there are many', async () => {
    for (let i = 0; i < 50; i += 1) await queries.create({ data: { name: `${i}` } });
    expect(await rows()).toContainEqual(expect.objectContaining({ intent: true, changes: [whole] }));
    await quiet();
    expect((await rows()).length).toBeLessThan(10);
  });
});

describe('what is answered from memory', () => {
  const ONE = () => `/find-one/places/${documentId}`;
  const COUNT = '/get-count/places?filters[country]=Norway';
  const ARTICLES = '/find-many/articles?sort=id&populate[author]=true&populate[tags]=true';

  test.each([
    ['an update of a document', () => [LIST, ONE()], () => rename('new')],
    ['a document', () => [LIST], () => places.create({ data: { name: 'another' } })],
    ['a document that goes', () => [LIST, ONE()], () => places.delete({ documentId })],
    ['createMany', () => [LIST, COUNT], () => queries.createMany({ data: [norway('a'), norway('b')] })],
    [
      'createMany with ids',
      () => [LIST],
      () => queries.createMany({ data: [{ name: 'c', documentId: 'own-id' }] }),
    ],
    ['updateMany', () => [LIST, ONE()], () => queries.updateMany({ where: { id }, data: { name: 'all' } })],
    ['deleteMany', () => [LIST, COUNT], () => queries.deleteMany({ where: { country: 'Norway' } })],
  ])('follows %s', (_, paths, write) => expectFollowed(app, paths(), write));

  const norway = (name) => ({ name, country: 'Norway' });

  test('follows relations, publishing and components', async () => {
    const published = { status: 'published' };
    const articles = app.strapi.documents('api::article.article');
    const author = await app.strapi
      .documents('api::author.author')
      .create({ data: { name: 'Ann' }, ...published });
    const tag = await app.strapi.documents('api::tag.tag').create({ data: { name: 'news' } });
    const data = { title: 'First', author: author.documentId, seo: { title: 'SEO' } };
    const article = await expectFollowed(app, [ARTICLES], () => articles.create({ data, ...published }));
    const update = (documents, { documentId: own }, changed) =>
      documents.update({ documentId: own, data: changed, ...published });
    await expectFollowed(app, [ARTICLES], () => update(articles, article, { tags: [tag.documentId] }));
    await expectFollowed(app, [ARTICLES], () =>
      update(app.strapi.documents('api::author.author'), author, { name: 'Bob' }),
    );
    await expectFollowed(app, [ARTICLES], () => articles.unpublish({ documentId: article.documentId }));
  });
});

describe('two processes', () => {
  let other;

  beforeAll(async () => {
    other = await startServer({ name: 'the other', databaseEnv: app.databaseEnv, plugin: FOLLOWING });
  });

  afterAll(() => other?.close());

  /** A server has the list in memory; the write elsewhere is seen there with the next poll. */
  const expectSeen = async (server, name, write) => {
    const ask = () => server.request(`/pfapi${LIST}`);
    await ask();
    expect(outcomeOf(await ask())).toBe('hit');
    await write(name);
    const started = performance.now();
    while (!(await ask()).json.some((place) => place.name === name)) {
      expect(performance.now() - started).toBeLessThan(BOUND_MS);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  test('follow each other', async () => {
    await expectSeen(other, 'a document', (name) => places.create({ data: { name } }));
    await expectSeen(other, 'a row', (name) => queries.create({ data: { name } }));
    await expectSeen(other, 'rows', (name) => queries.updateMany({ where: { id }, data: { name } }));
    await expectSeen(app, 'from there', (name) =>
      other.run(
        ({ strapi }, given) => strapi.documents('api::place.place').create({ data: { name: given } }),
        name,
      ),
    );
    await expectSeen(app, 'a row from there', (name) =>
      other.run(
        ({ strapi }, given) => strapi.db.query('api::place.place').create({ data: { name: given } }),
        name,
      ),
    );
  });
});

describe('the store', () => {
  const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
  let connection;
  let store;
  let tables;

  beforeAll(async () => {
    ({ tables } = await openTables(db));
    connection = await openConnection(db);
    store = createStore(connection, tables);
    // Its engine follows the same tables.
    await plugin.leave();
  });

  afterAll(() => connection?.close());

  beforeEach(() => db.connection('pfapi_state').update({ epoch: null, removed: null }));

  const insert = (own, intent = false) =>
    db.connection('pfapi_outbox').insert({ id: own, intent, record: `of ${own}`, server: 'test' });
  const ask = async (method, ...order) =>
    JSON.parse(await store[method](...order.map((one) => JSON.stringify(one))));
  const listed = async () => (await ask('list')).rows;

  test('lists, reads, settles and removes', async () => {
    expect(await ask('list')).toEqual({ rows: [], removed: { epoch: null, position: null } });
    await insert(B);
    await insert(A, true);
    expect(await listed()).toEqual([
      { id: B, intent: false },
      { id: A, intent: true, record: `of ${A}` },
    ]);
    expect(await ask('read', [B, C])).toEqual([{ id: B, intent: false, record: `of ${B}` }]);
    await ask('remove', { ids: [A, B], epoch: null, position: null });
    expect(await listed()).toMatchObject([{ id: A }]);
    await ask('settle', [{ id: A, as: C }]);
    expect(await listed()).toEqual([{ id: C, intent: false }]);
  });

  test('takes one of several claims, and removes for the epoch that won', async () => {
    const other = await openConnection(db);
    try {
      const second = createStore(other, tables);
      const claim = (of, observed, epoch) => of.claim(JSON.stringify({ observed, epoch }));
      const won = await Promise.all([claim(store, null, E1), claim(second, null, E2)]);
      expect(won.sort()).toEqual(['false', 'true']);
    } finally {
      await other.close();
    }
    const { epoch } = (await ask('list')).removed;
    await insert(A);
    await ask('remove', { ids: [A], epoch: E3, position: '5-0' });
    expect(await listed()).toMatchObject([{ id: A }]);
    await ask('remove', { ids: [A], epoch, position: '5-0' });
    expect(await ask('list')).toEqual({ rows: [], removed: { epoch, position: '5-0' } });
  });

  test('is swept by the clock of the database', async () => {
    await insert(A);
    await insert(B, true);
    const old = { created_at: db.connection.raw('now(3) - interval 2 hour') };
    await db.connection('pfapi_outbox').update(old);
    await insert(C);
    for (let times = 0; times < 2; times += 1) {
      await sweep(connection, tables, 3600);
      const left = await listed();
      expect(left.map((row) => row.intent)).toEqual([false, false, false]);
      const records = await ask(
        'read',
        left.map((row) => row.id),
      );
      const texts = records.map(({ record }) => record).sort();
      expect(texts).toEqual([`of ${B}`, `of ${C}`, '{"v":1,"everything":"swept"}']);
    }
  });

  test('notes the schema together with a row that says so', async () => {
    await db.connection('pfapi_state').update({ schema_hash: 'old' });
    const changeSchema = createSchemaMemory(connection, tables, { server: 'test', isNew: false });
    const told = await Promise.all([A, B].map((own) => changeSchema('new', own, '{}')));
    expect(told.sort()).toEqual([false, true]);
    expect(await listed()).toHaveLength(1);
    expect(await db.connection('pfapi_state').first()).toMatchObject({ schema_hash: 'new' });
    // The row is there already: the hash stays as well.
    const [{ id: taken }] = await listed();
    await expect(changeSchema('newest', taken, '{}')).rejects.toMatchObject({ code: 'ER_DUP_ENTRY' });
    expect(await db.connection('pfapi_state').first()).toMatchObject({ schema_hash: 'new' });
  });
});
