'use strict';

const path = require('node:path');
const { errors } = require('@strapi/utils');
const { effectiveQuery } = require('../../strapi/server/handles/query');

// Not exported by the package: what windows are compared with.
const strapiPagination = require(
  path.resolve(__dirname, '../../node_modules/@strapi/core/dist/core-api/service/pagination.js'),
);

/** As much of Strapi as a query needs; validation and sanitizing are Strapi's own and leave it as it is. */
function strapiWith(rest = {}) {
  const seen = [];
  const note = (step) => async (query, type, options) => {
    seen.push({ step, type, options });
    return query;
  };
  return {
    seen,
    config: { get: (key, fallback) => rest[key.replace('api.rest.', '')] ?? fallback },
    contentType: (uid) => ({ uid }),
    contentAPI: { validate: { query: note('validate') }, sanitize: { query: note('sanitize') } },
  };
}

function queryOf(kind, { own = {}, asked = {}, rest, id } = {}) {
  const ctx = { query: asked, params: { id } };
  return effectiveQuery(strapiWith(rest), { uid: 'api::city.city', params: own }, kind, ctx, null);
}

describe('what decides an answer', () => {
  const asked = {
    fields: ['a'],
    filters: { a: 1 },
    sort: 'a',
    populate: 'b',
    _q: 'x',
    locale: 'de',
    other: 1,
  };

  test('of a list', async () => {
    expect(await queryOf('findMany', { asked })).toEqual({
      fields: ['a'],
      filters: { a: 1 },
      populate: 'b',
      sort: 'a',
      locale: 'de',
      status: 'published',
      _q: 'x',
      start: 0,
      limit: 25,
    });
  });

  test('of one: no window, but its id', async () => {
    const query = await queryOf('findOne', { asked, id: 'tokyo' });
    expect(query).toMatchObject({ id: 'tokyo', filters: { a: 1 } });
    expect(query).not.toHaveProperty('start');
    expect(query).not.toHaveProperty('other');
  });

  test('of a count: nothing that only shapes rows', async () => {
    const count = await queryOf('getCount', { asked: { ...asked, pagination: { page: 2 } } });
    expect(count).toEqual({ filters: { a: 1 }, _q: 'x', locale: 'de', status: 'published' });
  });

  test('has one spelling, in whatever order it was asked', async () => {
    const other = Object.fromEntries(Object.entries(asked).reverse());
    const spelling = JSON.stringify(await queryOf('findMany', { asked }));
    expect(JSON.stringify(await queryOf('findMany', { asked: other }))).toBe(spelling);
  });
});

describe('status and locale', () => {
  test('published is the default', async () => {
    expect(await queryOf('getCount')).toEqual({ status: 'published' });
    expect(await queryOf('getCount', { asked: { status: 'draft' } })).toEqual({ status: 'draft' });
  });

  test('the handle’s status is fixed', async () => {
    const own = { status: 'draft' };
    expect(await queryOf('getCount', { own })).toEqual({ status: 'draft' });
    expect(await queryOf('getCount', { own, asked: { status: 'draft' } })).toEqual({ status: 'draft' });
    const refused = queryOf('getCount', { own, asked: { status: 'published' } });
    await expect(refused).rejects.toBeInstanceOf(errors.ValidationError);
    await expect(refused).rejects.toThrow('Invalid status "published": this handle answers draft content');
  });

  test('the handle’s locale is a default', async () => {
    const own = { locale: 'de' };
    expect(await queryOf('getCount', { own })).toMatchObject({ locale: 'de' });
    expect(await queryOf('getCount', { own, asked: { locale: 'fr' } })).toMatchObject({ locale: 'fr' });
  });
});

describe('the window of a list', () => {
  const windowOf = async (pagination, rest, own) => {
    const { start, limit } = await queryOf('findMany', { own, rest, asked: pagination && { pagination } });
    return { start, limit };
  };

  const paginations = [
    {},
    { page: 2 },
    { page: '3', pageSize: '10' },
    { page: 0 },
    { pageSize: 0 },
    { pageSize: -1 },
    { pageSize: 1000 },
    { start: 5 },
    { start: '5', limit: '10' },
    { limit: 0 },
    { limit: -1 },
    { limit: '-1' },
    { start: -5, limit: 1000 },
    { withCount: 'false' },
    { page: 2, withCount: true },
  ];
  const settings = [{}, { defaultLimit: 10 }, { maxLimit: 100 }, { defaultLimit: '50', maxLimit: '40' }];

  test.each(settings)('is Strapi’s for every way to ask, with %j', async (rest) => {
    global.strapi = strapiWith(rest);
    try {
      for (const pagination of paginations) {
        const { start, limit } = strapiPagination.getPaginationInfo({ pagination });
        expect([pagination, await windowOf(pagination, rest)]).toEqual([pagination, { start, limit }]);
      }
    } finally {
      delete global.strapi;
    }
  });

  test('with pages and offsets at once is refused as Strapi does', async () => {
    await expect(windowOf({ page: 1, start: 5 })).rejects.toBeInstanceOf(errors.PaginationError);
  });

  test('is the handle’s by default and the caller’s when asked for', async () => {
    const own = { pagination: { page: 2, pageSize: 5 } };
    expect(await windowOf(undefined, {}, own)).toEqual({ start: 5, limit: 5 });
    expect(await windowOf({}, {}, own)).toEqual({ start: 5, limit: 5 });
    expect(await windowOf({ start: 1, limit: 2 }, {}, own)).toEqual({ start: 1, limit: 2 });
    expect(await windowOf({ pageSize: 50 }, { maxLimit: 40 }, own)).toEqual({ start: 0, limit: 40 });
  });

  test('stays the handle’s when the caller says only whether to count', async () => {
    const own = { pagination: { pageSize: 5 } };
    expect(await windowOf({ withCount: 'false' }, {}, own)).toEqual({ start: 0, limit: 5 });
  });

  test('of the handle is held to the project’s maximum', async () => {
    expect(await windowOf(undefined, { maxLimit: 40 }, { pagination: { limit: 100 } })).toEqual({
      start: 0,
      limit: 40,
    });
  });
});

test('the caller’s query is validated, then sanitized, for this caller and type', async () => {
  for (const [rest, strict] of [
    [{}, {}],
    [{ strictParams: true }, { strictParams: true }],
    [{ strictParams: false }, { strictParams: false }],
    [{ strictParams: 'yes' }, {}],
  ]) {
    const strapi = strapiWith(rest);
    const auth = { strategy: { name: 'x' } };
    const handle = { uid: 'api::city.city', params: {} };
    await effectiveQuery(strapi, handle, 'getCount', { query: {}, params: {} }, auth);
    const options = { auth, ...strict };
    const type = { uid: 'api::city.city' };
    expect(strapi.seen).toEqual([
      { step: 'validate', type, options },
      { step: 'sanitize', type, options },
    ]);
  }
});

test('a query that validation refuses is not answered', async () => {
  const strapi = strapiWith();
  strapi.contentAPI.validate.query = async () => {
    throw new errors.ValidationError('Invalid key x');
  };
  const refused = effectiveQuery(
    strapi,
    { uid: 'a', params: {} },
    'findMany',
    { query: {}, params: {} },
    null,
  );
  await expect(refused).rejects.toThrow('Invalid key x');
  expect(strapi.seen).toEqual([]);
});
