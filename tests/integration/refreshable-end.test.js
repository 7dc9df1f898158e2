'use strict';

const { outcomeOf } = require('../support/content');
const { createDefine } = require('../support/refreshables');
const { bootStrapi } = require('../support/strapi');

const PLACE = 'api::place.place';
const TAG = 'api::tag.tag';
const handles = {
  counted: { uid: 'api::article.article', ignoreFields: ['views'] },
  peopled: { uid: PLACE, ignoreFields: ['population'] },
};

let app;
const cache = () => app.strapi.plugin('pfapi').service('cache');
const define = createDefine(() => app);

const createPlace = (data = { name: 'Oslo' }) => app.strapi.documents(PLACE).create({ data });
const renamePlace = ({ documentId }, name) =>
  app.strapi.documents(PLACE).update({ documentId, data: { name } });

/** How many of two more calls of `get` were answered by a new fetch. */
const fetchesOfTwo = async ({ get, asked }, params) => {
  const before = asked.length;
  await get(params);
  await get(params);
  return asked.length - before;
};

beforeAll(async () => {
  app = await bootStrapi({ plugin: { handles } });
  app.strapi.log.level = 'silent';
});
afterAll(() => app?.close());

describe('the answer of a Refreshable ends', () => {
  test.each([
    ['the Document Service', () => app.strapi.documents(PLACE).findMany({ fields: ['name'], sort: 'id' })],
    ['the Query Engine', () => app.strapi.db.query(PLACE).findMany({ orderBy: { id: 'asc' } })],
    ['entityService', () => app.strapi.entityService.findMany(PLACE, { sort: 'id' })],
    ['a count', () => app.strapi.db.query(PLACE).count()],
  ])('by a write of what it read, through %s', async (name, read) => {
    const own = define(async () => ({ data: JSON.stringify(await read()) }));
    const before = await own.get();
    expect(await fetchesOfTwo(own)).toBe(0);
    await createPlace({ name: `For ${name}` });
    expect(await own.get()).not.toBe(before);
    await app.strapi.documents(TAG).create({ data: { name: `tag of ${name}` } });
    expect(await fetchesOfTwo(own)).toBe(0);
  });

  test('by a write of the type or the document that it names', async () => {
    const [oslo, bergen] = [await createPlace(), await createPlace({ name: 'Bergen' })];
    const ofType = define(() => ({ data: 1, dependencies: [{ uid: PLACE }] }));
    const ofOslo = define(() => ({ data: 1, dependencies: [{ uid: PLACE, id: oslo.documentId }] }));
    const both = async () => [await fetchesOfTwo(ofType), await fetchesOfTwo(ofOslo)];
    expect(await both()).toEqual([1, 1]);
    await app.strapi.documents(TAG).create({ data: { name: 'elsewhere' } });
    expect(await both()).toEqual([0, 0]);
    await renamePlace(bergen, 'Voss');
    expect(await both()).toEqual([1, 0]);
    await renamePlace(oslo, 'Christiania');
    expect(await both()).toEqual([1, 1]);
  });

  test('when its own time is over', async () => {
    const own = define((params, call) => ({ data: call, ttl: 0.3 }));
    const start = Date.now();
    expect([await own.get(), await own.get()]).toEqual([1, 1]);
    while ((await own.get()) === 1) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(Date.now() - start).toBeGreaterThanOrEqual(295);
    expect(own.asked).toHaveLength(2);
  });

  test('at once, if nobody could say when it ends', async () => {
    const blind = define(() => ({ data: 1 }));
    expect(await fetchesOfTwo(blind)).toBe(2);
    const rows = () => app.strapi.db.connection.raw('select count(*) as n from places');
    const sql = define(async () => ({ data: await rows() }));
    expect(await fetchesOfTwo(sql)).toBe(2);
    const mixed = define(async () => ({
      data: [await rows(), await app.strapi.db.query(TAG).count()],
    }));
    expect(await fetchesOfTwo(mixed)).toBe(2);
    const builder = define(async () => ({
      data: await app.strapi.db.queryBuilder(PLACE).select('*').execute(),
    }));
    expect(await fetchesOfTwo(builder)).toBe(2);
    const named = define(async () => ({ data: await rows(), dependencies: [{ uid: PLACE }] }));
    expect(await fetchesOfTwo(named)).toBe(1);
    await createPlace();
    expect(await fetchesOfTwo(named)).toBe(1);
  });

  test('at once, if it was made in a transaction or wrote itself', async () => {
    const counting = define(async () => ({ data: await app.strapi.db.query(PLACE).count() }));
    const before = await counting.get();
    await app.strapi.db.transaction(async ({ rollback }) => {
      await app.strapi.db.query(PLACE).create({ data: { name: 'Not yet' } });
      expect(await counting.get()).toBe(before + 1);
      await rollback();
    });
    expect(await counting.get()).toBe(before);
    const writing = define(async () => ({ data: await createPlace(), ttl: 60 }));
    expect(await fetchesOfTwo(writing)).toBe(2);
  });

  test('never by a write, if it is not to be evicted', async () => {
    const own = define(async () => ({ data: await app.strapi.db.query(PLACE).count() }), {
      evict: false,
      ttl: 60,
    });
    const before = await own.get();
    await createPlace();
    expect(await own.get()).toBe(before);
  });

  test('not at all, if it is permanent: it is made again by the write', async () => {
    const own = define(async () => ({ data: await app.strapi.db.query(PLACE).count() }), { permanent: true });
    const before = await own.get();
    const { refreshes } = cache().stats();
    await createPlace();
    expect(await own.get()).toBe(before + 1);
    await createPlace();
    while (own.asked.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await own.get()).toBe(before + 2);
    expect(own.asked).toHaveLength(3);
    expect(cache().stats().refreshes).toBe(refreshes + 2);
  });

  test('not by a change of fields that a handle ignores', async () => {
    await app.grantPublic(['api::article.article.find']);
    const query = app.strapi.db.query('api::article.article');
    await app.strapi
      .documents('api::article.article')
      .create({ data: { title: 'A', views: 1 }, status: 'published' });
    const ask = () => app.request('/pfapi/find-many/counted');
    expect([outcomeOf(await ask()), outcomeOf(await ask())]).toEqual(['miss', 'hit']);
    const [{ id }] = (await ask()).json;
    await query.update({ where: { id }, data: { views: 2 } });
    const ignored = await ask();
    expect([outcomeOf(ignored), ignored.json[0].views]).toEqual(['hit', 1]);
    await query.update({ where: { id }, data: { views: 3, title: 'B' } });
    const changed = await ask();
    expect([outcomeOf(changed), changed.json[0].views, changed.json[0].title]).toEqual(['miss', 3, 'B']);
  });

  test('nor by one through the Document Service or REST, on a type without draft and publish', async () => {
    await app.grantPublic([`${PLACE}.find`]);
    const token = (await app.createApiToken({ type: 'full-access' })).accessKey;
    const { documentId } = await createPlace();
    const put = (data) => app.request(`/api/places/${documentId}`, { method: 'PUT', token, body: { data } });
    const ask = async () => outcomeOf(await app.request('/pfapi/find-many/peopled'));
    expect([await ask(), await ask()]).toEqual(['miss', 'hit']);
    await app.strapi.documents(PLACE).update({ documentId, data: { population: 1 } });
    expect(await ask()).toBe('hit');
    expect((await put({ population: 2 })).status).toBe(200);
    expect(await ask()).toBe('hit');
    expect((await put({ name: 'Bergen' })).status).toBe(200);
    expect(await ask()).toBe('miss');
  });
});
