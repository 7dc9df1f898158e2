'use strict';

// Found in a review: Refreshables that ask each other, and rows that are read under a name they lose.
const { createDefine } = require('../support/refreshables');
const { bootStrapi } = require('../support/strapi');

const PLACE = 'api::place.place';
const TAG = 'api::tag.tag';

let app;
const define = createDefine(() => app);
const query = (uid) => app.strapi.db.query(uid);

beforeAll(async () => {
  app = await bootStrapi({ plugin: true });
});
afterAll(() => app?.close());

/** How many of two more calls were answered by a new fetch. */
const fetchesOfTwo = async ({ get, asked }) => {
  const before = asked.length;
  await get();
  await get();
  return asked.length - before;
};

describe('a Refreshable that asks another one', () => {
  const countPlaces = () => query(PLACE).count();

  test('ends with what that one read', async () => {
    const inner = define(async () => ({ data: await query(TAG).count() }));
    const outer = define(async () => ({ data: { places: await countPlaces(), tags: await inner.get() } }));
    await inner.get();
    const { places, tags } = await outer.get();
    expect(await fetchesOfTwo(outer)).toBe(0);
    await app.strapi.documents(TAG).create({ data: { name: 'one more' } });
    expect(await outer.get()).toEqual({ places, tags: tags + 1 });
    await app.strapi.documents(PLACE).create({ data: { name: 'Oslo' } });
    expect(await outer.get()).toEqual({ places: places + 1, tags: tags + 1 });
    expect(await fetchesOfTwo(outer)).toBe(0);
  });

  test('ends with what the last of a chain read', async () => {
    const last = define(async () => ({ data: await query(TAG).count() }));
    const middle = define(async () => ({ data: await last.get() }));
    const first = define(async () => ({ data: await middle.get() }));
    const before = await first.get();
    expect(await fetchesOfTwo(first)).toBe(0);
    await app.strapi.documents(TAG).create({ data: { name: 'at the end' } });
    expect(await first.get()).toBe(before + 1);
  });

  test('ends with what that one declares', async () => {
    const inner = define(() => ({ data: 1, dependencies: [{ uid: TAG }] }));
    const outer = define(async () => ({ data: [await countPlaces(), await inner.get()] }));
    await outer.get();
    expect(await fetchesOfTwo(outer)).toBe(0);
    await app.strapi.documents(TAG).create({ data: { name: 'declared' } });
    expect(await fetchesOfTwo(outer)).toBe(1);
  });

  test('lasts no longer than that one’s ttl', async () => {
    const inner = define((params, call) => ({ data: call, ttl: 0.3 }));
    const outer = define(async () => ({ data: [await countPlaces(), await inner.get()], ttl: 60 }));
    const start = Date.now();
    const first = await outer.get();
    expect(await fetchesOfTwo(outer)).toBe(0);
    while ((await outer.get())[1] === first[1]) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(Date.now() - start).toBeGreaterThanOrEqual(295);
    expect(Date.now() - start).toBeLessThan(10_000);
  });

  test.each([
    ['says nothing of when it ends', async () => ({ data: Math.random() })],
    ['reads past Strapi', async () => ({ data: await app.strapi.db.connection('places').count() })],
    ['writes', async () => ({ data: await query(TAG).create({ data: { name: 'w' } }), ttl: 60 })],
  ])('is not kept if that one %s', async (name, getData) => {
    const inner = define(getData);
    const outer = define(async () => ({ data: [await countPlaces(), await inner.get()] }));
    expect(await fetchesOfTwo(outer)).toBe(2);
  });

  test('leaves that one kept on its own', async () => {
    const inner = define(async () => ({ data: await query(TAG).count() }));
    const outer = define(async () => ({ data: await inner.get() }));
    await inner.get();
    await outer.get();
    expect(await fetchesOfTwo(inner)).toBe(0);
  });
});

describe('a row that is given another document id', () => {
  const nameUnder = (documentId) =>
    define(async () => ({ data: (await query(PLACE).findOne({ where: { documentId } }))?.name ?? null }));

  test('is not found under its old one any more, and is found under the new one', async () => {
    const { id, documentId } = await app.strapi.documents(PLACE).create({ data: { name: 'Bergen' } });
    const [old, other] = [nameUnder(documentId), nameUnder('other')];
    expect([await old.get(), await other.get()]).toEqual(['Bergen', null]);
    await query(PLACE).update({ where: { id }, data: { documentId: 'other' } });
    expect([await old.get(), await other.get()]).toEqual([null, 'Bergen']);
  });

  test('the same over HTTP', async () => {
    await app.grantPublic([`${PLACE}.find`, `${PLACE}.findOne`]);
    const { id, documentId } = await app.strapi.documents(PLACE).create({ data: { name: 'Voss' } });
    const statusOf = async (name) => (await app.request(`/pfapi/find-one/places/${name}`)).status;
    expect([await statusOf(documentId), await statusOf('another')]).toEqual([200, 404]);
    await query(PLACE).update({ where: { id }, data: { documentId: 'another' } });
    expect([await statusOf(documentId), await statusOf('another')]).toEqual([404, 200]);
  });
});
