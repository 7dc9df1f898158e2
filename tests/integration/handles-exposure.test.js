'use strict';

const { bootStrapi } = require('../support/strapi');
const { outcomeOf } = require('../support/content');

const TYPES = ['vault', 'safe', 'report', 'ledger', 'permit'];
const uidOf = (name) => `api::guarded.${name}`;
const handles = {
  openVault: { uid: uidOf('vault') },
  places: { uid: 'api::place.place' },
  sharedPlaces: { uid: 'api::place.place', shared: true },
};

describe('a plural name is no way around the project’s own rules', () => {
  let app;
  const ids = {};
  const warnings = [];
  const statusOf = async (path) => (await app.request(path)).status;
  const many = (name) => statusOf(`/pfapi/find-many/${name}s`);
  const count = (name) => statusOf(`/pfapi/get-count/${name}s`);
  const one = (name) => statusOf(`/pfapi/find-one/${name}s/${ids[name]}`);

  beforeAll(async () => {
    app = await bootStrapi({ plugin: { handles } });
    for (const name of TYPES) {
      const { documentId } = await app.strapi.documents(uidOf(name)).create({ data: { name: `a ${name}` } });
      ids[name] = documentId;
    }
    await app.grantPublic(TYPES.flatMap((name) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]));
    jest.spyOn(app.strapi.log, 'warn').mockImplementation((line) => warnings.push(line));
  });
  afterAll(() => app?.close());

  test('a policy on the list closes the list and the count, not the single document', async () => {
    expect(await statusOf('/api/vaults')).toBe(403);
    expect(await one('vault')).toBe(200);
    expect(await many('vault')).toBe(404);
    expect(await count('vault')).toBe(404);
  });

  test('a policy on the single document closes it even after the list was answered', async () => {
    expect(await statusOf(`/api/safes/${ids.safe}`)).toBe(403);
    expect(await one('safe')).toBe(404);
    expect(await many('safe')).toBe(200);
    expect(await one('safe')).toBe(404);
  });

  test('a controller with its own find, and a service with its own, close the list', async () => {
    for (const name of ['report', 'ledger']) {
      expect((await app.request(`/api/${name}s`)).json.data).toEqual([]);
      expect([name, await many(name)]).toEqual([name, 404]);
      expect([name, await count(name)]).toEqual([name, 404]);
    }
  });

  test('a scope of its own closes the list, a middleware the single document', async () => {
    expect(await statusOf('/api/permits')).toBe(403);
    expect(await many('permit')).toBe(404);
    expect(await count('permit')).toBe(404);
    expect((await app.request(`/api/permits/${ids.permit}`)).headers['x-stamped']).toBe('yes');
    expect(await one('permit')).toBe(404);
  });

  test('the refusal tells the caller nothing, and the log why, once', async () => {
    const { json } = await app.request('/pfapi/find-many/reports');
    expect(json).toEqual({
      data: null,
      error: { status: 404, name: 'NotFoundError', message: 'There is no handle "reports"', details: {} },
    });
    expect(await many('report')).toBe(404);
    expect(warnings.filter((line) => line.includes('"reports"'))).toEqual([
      '[pfapi] PFAPI_NOT_EXPOSED: "reports" is not answered by its plural name: its controller has its ' +
        'own find. Configure a handle to answer it.',
    ]);
  });

  test('a configured handle answers, since its author decided so', async () => {
    const { status, json } = await app.request('/pfapi/find-many/openVault');
    expect([status, json.map(({ name }) => name)]).toEqual([200, ['a vault']]);
    await app.revokePublic([`${uidOf('vault')}.find`]);
    expect(await statusOf('/pfapi/find-many/openVault')).toBe(403);
  });

  test('a write lifecycle of the project changes nothing', async () => {
    let writes = 0;
    app.strapi.db.lifecycles.subscribe({
      models: ['api::place.place'],
      afterCreate() {
        writes += 1;
      },
    });
    await app.strapi.documents('api::place.place').create({ data: { name: 'Bergen' } });
    expect(writes).toBe(1);
    await app.grantPublic(['api::place.place.find']);
    const outcomes = [
      await app.request('/pfapi/find-many/places'),
      await app.request('/pfapi/find-many/places'),
    ];
    expect(outcomes.map(outcomeOf)).toEqual(['miss', 'hit']);
  });
});

describe('code of the project that takes part in reads', () => {
  let app;
  const ask = (handle) => app.request(`/pfapi/find-many/${handle}`);
  const outcomes = async (handle) => [outcomeOf(await ask(handle)), outcomeOf(await ask(handle))];

  beforeEach(async () => {
    app = await bootStrapi({ plugin: { handles } });
    await app.strapi.documents('api::place.place').create({ data: { name: 'Oslo' } });
    await app.grantPublic(['api::place.place.find']);
    expect(await outcomes('places')).toEqual(['miss', 'hit']);
    expect(await outcomes('sharedPlaces')).toEqual(['miss', 'hit']);
  });
  afterEach(() => app?.close());

  test('documents.use makes handles and plural names answer uncached, unless they are shared', async () => {
    let reads = 0;
    app.strapi.documents.use(async (context, next) => {
      const result = await next();
      if (context.action === 'findMany') reads += 1;
      return Array.isArray(result) ? result.map((row) => ({ ...row, country: `read ${reads}` })) : result;
    });
    const first = await ask('places');
    expect(first.headers['x-pfapi-cache']).toBe('bypass; reason=foreign-reads');
    expect(first.headers['cache-control']).toBe('private, no-store');
    expect(first.json[0].country).toBe('read 1');
    expect((await ask('places')).json[0].country).toBe('read 2');
    await app.strapi.documents('api::place.place').create({ data: { name: 'Bergen' } });
    expect(await outcomes('sharedPlaces')).toEqual(['miss', 'hit']);
  });

  test('a read lifecycle subscribed by the project does the same', async () => {
    let reads = 0;
    app.strapi.db.lifecycles.subscribe({
      models: ['api::place.place'],
      afterFindMany({ result }) {
        reads += 1;
        for (const row of result) row.country = `read ${reads}`;
      },
    });
    await app.strapi.documents('api::place.place').create({ data: { name: 'Bergen' } });
    expect(await outcomes('places')).toEqual(['bypass', 'bypass']);
    expect((await ask('places')).json[0].country).toBe(`read ${reads}`);
    expect(await outcomes('sharedPlaces')).toEqual(['miss', 'hit']);
  });
});
