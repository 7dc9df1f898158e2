'use strict';

const { createDefine } = require('../support/refreshables');
const { bootStrapi } = require('../support/strapi');

const TAG = 'api::tag.tag';

let app;
const define = createDefine(() => app);

beforeAll(async () => {
  app = await bootStrapi({ plugin: {} });
  app.strapi.log.level = 'silent';
});

afterAll(() => app?.close());

const cache = () => app.strapi.plugin('pfapi').service('cache');

/** A Refreshable of which one part is wrong. */
const defineWith = (parts) => {
  const { Refreshable } = require('../..');
  const name = `mistaken-${Math.random().toString(36).slice(2)}`;
  return cache().define(
    Object.assign(new Refreshable({ name }), { getData: async () => ({ data: 1 }), ...parts }),
  );
};

test('a reduce that gives a promise is refused: as JSON all params would be one', async () => {
  const get = () => defineWith({ reduce: async (params) => params }).get({ a: 1 });
  await expect(get()).rejects.toMatchObject({ code: 'PFAPI_REFRESHABLE' });
});

test('a definition that cannot work has a code', () => {
  expect(() => cache().define({})).toThrow(expect.objectContaining({ code: 'PFAPI_REFRESHABLE' }));
});

test('a dependency on a type that does not exist is refused', async () => {
  const get = () => define(async () => ({ data: 1, dependencies: [{ uid: 'api::nope.nope' }] })).get();
  await expect(get()).rejects.toThrow('"api::nope.nope", which is not a content type or component');
});

test('a dependency on a row id counts as the whole type', async () => {
  const tag = await app.strapi.documents(TAG).create({ data: { name: 'one' } });
  let fetches = 0;
  const own = define(async () => {
    fetches += 1;
    return { data: fetches, dependencies: [{ uid: TAG, id: tag.id }] };
  });
  expect([await own.get(), await own.get()]).toEqual([1, 1]);
  await app.strapi.documents(TAG).update({ documentId: tag.documentId, data: { name: 'two' } });
  expect(await own.get()).toBe(2);
});

test('what is thrown without being an error is told all the same', async () => {
  const get = () =>
    define(() => {
      throw 'no weather today';
    }).get();
  await expect(get()).rejects.toMatchObject({ message: 'no weather today', code: 'PFAPI_FETCH_FAILED' });
});
