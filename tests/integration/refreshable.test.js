'use strict';

const { errors } = require('@strapi/utils');
const { Refreshable } = require('../..');
const { createDefine } = require('../support/refreshables');
const { bootStrapi } = require('../support/strapi');

const PLACE = 'api::place.place';

let app;
const cache = () => app.strapi.plugin('pfapi').service('cache');
const define = createDefine(() => app);

beforeAll(async () => {
  app = await bootStrapi({ plugin: true });
  app.strapi.log.level = 'silent';
});
afterAll(() => app?.close());

describe('a Refreshable', () => {
  test('is asked once for params that reduce to the same', async () => {
    const own = define((params) => ({ data: { for: params.city }, ttl: 60 }), {
      reduce: ({ city }) => ({ city: city.toLowerCase() }),
    });
    expect(await own.get({ city: 'Oslo', noise: 1 })).toEqual({ for: 'oslo' });
    expect(await own.get({ noise: 2, city: 'OSLO' })).toEqual({ for: 'oslo' });
    expect(await own.get({ city: 'Bergen' })).toEqual({ for: 'bergen' });
    expect(own.asked).toEqual([{ city: 'oslo' }, { city: 'bergen' }]);
  });

  test('tells all params apart if it does not reduce them, but for their order', async () => {
    const own = define((params) => ({ data: params, ttl: 60 }));
    for (const params of [
      undefined,
      {},
      { a: 1, b: 2 },
      { b: 2, a: 1 },
      { a: '1', b: 2 },
      { a: [1, 2] },
      { a: [2, 1] },
    ]) {
      expect(await own.get(params)).toEqual(params ?? {});
    }
    expect(own.asked).toHaveLength(5);
  });

  test('shares one fetch among all who ask meanwhile', async () => {
    const own = define(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { data: { n: 1 }, ttl: 60 };
    });
    const values = await Promise.all(Array.from({ length: 50 }, () => own.get({ city: 'Oslo' })));
    expect(own.asked).toHaveLength(1);
    expect(values).toEqual(Array(50).fill({ n: 1 }));
    values[0].n = 'changed by its reader';
    expect(await own.get({ city: 'Oslo' })).toEqual({ n: 1 });
  });

  test('gives its error to all who wait, and is asked again afterwards', async () => {
    const own = define(async (params, call) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (call === 1) throw new errors.NotFoundError('No such city', { city: 'Atlantis' });
      return { data: 'found', ttl: 60 };
    });
    const failures = await Promise.all([1, 2, 3].map(() => own.get().catch((error) => error)));
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(Error);
      expect({ ...failure, name: failure.name, message: failure.message }).toEqual({
        name: 'NotFoundError',
        message: 'No such city',
        status: 404,
        details: { city: 'Atlantis' },
        code: 'PFAPI_FETCH_FAILED',
      });
    }
    expect(own.asked).toHaveLength(1);
    expect(await own.get()).toBe('found');
  });

  test('tells its caller of any other error by its own words', async () => {
    const own = define(() => {
      throw new RangeError('the weather service said 503');
    });
    await expect(own.get()).rejects.toMatchObject({
      name: 'RangeError',
      message: 'the weather service said 503',
      code: 'PFAPI_FETCH_FAILED',
    });
  });

  test('runs outside of the request and of the transaction of whoever asks', async () => {
    const own = define(() => ({
      data: { request: Boolean(app.strapi.requestContext.get()), transaction: app.strapi.db.inTransaction() },
      ttl: 60,
    }));
    expect(await app.strapi.requestContext.run({}, () => own.get())).toEqual({
      request: false,
      transaction: false,
    });
  });

  test('keeps bytes and text as they are, and everything else as JSON', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    for (const [fetched, expected] of [
      [{ data: bytes }, bytes],
      [{ data: bytes, contentType: 'image/png' }, bytes],
      [{ data: Buffer.alloc(0) }, Buffer.alloc(0)],
      [{ data: '<b>é</b>', contentType: 'text/html; charset=utf-8' }, Buffer.from('<b>é</b>')],
      [{ data: 'plain' }, 'plain'],
      [{ data: null }, null],
      [{ data: 0 }, 0],
      [{ data: [{ a: 'é' }] }, [{ a: 'é' }]],
      [{ data: new Date(0) }, '1970-01-01T00:00:00.000Z'],
    ]) {
      const own = define(() => ({ ...fetched, ttl: 60 }));
      expect([await own.get(), await own.get()]).toEqual([expected, expected]);
      expect(own.asked).toHaveLength(1);
    }
  });
});

describe('a definition that cannot work says why', () => {
  const getData = async () => ({ data: 1 });

  test.each([
    [
      'nothing',
      undefined,
      'PFAPI_REFRESHABLE: define(refreshable) takes an object that extends Refreshable.',
    ],
    [
      'a function',
      () => 1,
      'PFAPI_REFRESHABLE: define(refreshable) takes an object that extends Refreshable.',
    ],
    [
      'no name',
      Object.assign(new Refreshable(), { getData }),
      'PFAPI_REFRESHABLE: the name undefined must have letters, digits and _ . : - only, at most 128.',
    ],
    [
      'a bad name',
      Object.assign(new Refreshable({ name: 'a b' }), { getData }),
      'PFAPI_REFRESHABLE: the name "a b" must have letters, digits and _ . : - only, at most 128.',
    ],
    [
      'a bad term',
      Object.assign(new Refreshable({ name: 'x', ttl: 0 }), { getData }),
      'PFAPI_CONFIG: there is a mistake in Refreshable "x":\n  - ttl is 0; it must be a whole number from 1 to 31536000 (s).',
    ],
    [
      'an unknown term',
      Object.assign(new Refreshable({ name: 'x', tll: 5 }), { getData }),
      'PFAPI_CONFIG: there is a mistake in Refreshable "x":\n  - tll is not an option. Did you mean "ttl"? Allowed are ttl, localTtl, permanent, evict, cacheControl.',
    ],
    [
      'terms that contradict',
      Object.assign(new Refreshable({ name: 'x', ttl: 5, localTtl: 9 }), { getData }),
      'PFAPI_CONFIG: there is a mistake in Refreshable "x":\n  - localTtl is 9; it must be at most its ttl, which is 5 (s).',
    ],
  ])('%s', (name, refreshable, message) => {
    expect(() => cache().define(refreshable)).toThrow(new Error(message));
  });

  test('a name that is taken', () => {
    const own = Object.assign(new Refreshable({ name: 'taken' }), { getData });
    cache().define(own);
    expect(() => cache().define(own)).toThrow('PFAPI_REFRESHABLE: there is a Refreshable "taken" already.');
  });

  test.each([
    ['no getData', 'missing', 'PFAPI_GET_DATA_MISSING'],
    ['nothing', undefined, 'getData must return an object with data'],
    ['data outside of an object', 'bare', 'getData must return an object with data'],
    [
      'a ttl of nothing',
      { data: 1, ttl: 0 },
      'getData returned ttl 0; it must be a positive number of seconds.',
    ],
    [
      'one dependency',
      { data: 1, dependencies: { uid: PLACE } },
      'getData must return dependencies as a list',
    ],
    [
      'a dependency of nothing',
      { data: 1, dependencies: [{}] },
      'getData must return dependencies as a list',
    ],
    ['a function', { data: () => 1, ttl: 5 }, 'returned data that JSON cannot hold'],
    ['a BigInt', { data: 1n, ttl: 5 }, 'BigInt'],
  ])('getData that returns %s', async (name, fetched, message) => {
    const own =
      fetched === 'missing' ? cache().define(new Refreshable({ name: 'no-data' })) : define(() => fetched);
    await expect(own.get()).rejects.toThrow(message);
  });
});
