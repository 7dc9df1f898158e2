'use strict';

const { resolveConfig, termsWith } = require('../../strapi/server/config/resolve');
const { options } = require('../../strapi/server/config/options');

const handle = (own, config = {}) =>
  resolveConfig({ ...config, handles: { city: { uid: 'api::city.city', ...own } } }).handles[0];

const PLAIN = {
  public: false,
  maxAge: 0,
  sMaxAge: null,
  staleWhileRevalidate: null,
  mustRevalidate: true,
};

test('an empty configuration is the defaults of the table', () => {
  const config = resolveConfig({});
  for (const name of ['prefix', 'bypass', 'outcomeHeader', 'fetchTimeout']) {
    expect(config[name]).toBe(options[name].default);
  }
  expect(config.local).toEqual({
    ttl: 600,
    maxBytes: 67_108_864,
    maxEntryBytes: 4_194_304,
    maxPermanentBytes: 16_777_216,
  });
  expect(config.terms).toMatchObject({
    ttl: 3600,
    localTtl: 600,
    permanent: false,
    evict: true,
    cacheControl: PLAIN,
  });
  expect(config.handles).toEqual([]);
});

test('null in the place of an option is its default', () => {
  const nulls = Object.fromEntries(Object.keys(options).map((name) => [name, null]));
  expect(resolveConfig(nulls)).toEqual(resolveConfig({}));
});

test('false and 0 are kept and not taken for missing', () => {
  const config = resolveConfig({ outcomeHeader: false, local: { maxPermanentBytes: 0 } });
  expect(config.outcomeHeader).toBe(false);
  expect(config.local.maxPermanentBytes).toBe(0);
  expect(handle({ evict: false }).terms.evict).toBe(false);
});

describe('a handle', () => {
  test('has the plugin’s terms by default', () => {
    expect(handle()).toEqual({
      name: 'city',
      uid: 'api::city.city',
      idField: null,
      params: {},
      ignoreFields: [],
      shared: false,
      terms: resolveConfig({}).terms,
    });
  });

  test('keeps what it says', () => {
    const own = { idField: 'slug', params: { sort: 'name' }, ignoreFields: ['views'], shared: true };
    expect(handle(own)).toMatchObject(own);
  });

  test('handles come in the order in which they are written', () => {
    const named = { b: { uid: 'api::b.b' }, a: { uid: 'api::a.a' } };
    expect(resolveConfig({ handles: named }).handles.map(({ name }) => name)).toEqual(['b', 'a']);
  });
});

describe('how long', () => {
  test('a short ttl shortens the local one', () => {
    expect(resolveConfig({ ttl: 10 }).terms).toMatchObject({ ttl: 10, localTtl: 10 });
    expect(handle({ ttl: 10 }).terms).toMatchObject({ ttl: 10, localTtl: 10 });
  });

  test('a long ttl of a handle does not lengthen the local one', () => {
    expect(handle({ ttl: 86_400 }).terms).toMatchObject({ ttl: 86_400, localTtl: 600 });
    expect(handle({ ttl: 86_400, localTtl: 7200 }).terms).toMatchObject({ ttl: 86_400, localTtl: 7200 });
  });

  test('local.ttl is what handles start from', () => {
    expect(handle({}, { local: { ttl: 30 } }).terms.localTtl).toBe(30);
  });
});

describe('Cache-Control', () => {
  const ofPlugin = (cacheControl) => resolveConfig({ cacheControl }).terms.cacheControl;
  const ofHandle = (own, plugin) =>
    handle({ cacheControl: own }, { cacheControl: plugin }).terms.cacheControl;

  test('of the plugin: what is said, beside the defaults', () => {
    expect(ofPlugin({ public: true, maxAge: 60 })).toEqual({ ...PLAIN, public: true, maxAge: 60 });
  });

  test('stale-while-revalidate switches must-revalidate off', () => {
    expect(ofPlugin({ staleWhileRevalidate: 60 })).toMatchObject({ mustRevalidate: false });
    expect(ofPlugin({ staleWhileRevalidate: 0 })).toMatchObject({ mustRevalidate: false });
  });

  test('must-revalidate can be switched off by hand', () => {
    expect(ofPlugin({ mustRevalidate: false })).toMatchObject({ mustRevalidate: false });
  });

  test('of a handle: its own over the plugin’s, key by key', () => {
    const plugin = { public: true, maxAge: 60 };
    expect(ofHandle(undefined, plugin)).toEqual({ ...PLAIN, public: true, maxAge: 60 });
    expect(ofHandle({ maxAge: 5 }, plugin)).toEqual({ ...PLAIN, public: true, maxAge: 5 });
    expect(ofHandle({ maxAge: null }, plugin)).toEqual({ ...PLAIN, public: true, maxAge: 60 });
  });

  test('stale-while-revalidate of a handle switches must-revalidate off, whatever the plugin says of others', () => {
    expect(ofHandle({ staleWhileRevalidate: 60 }, { maxAge: 5 })).toMatchObject({ mustRevalidate: false });
    expect(ofHandle({ staleWhileRevalidate: 60 }, {})).toMatchObject({ mustRevalidate: false });
  });

  test('stale-while-revalidate of a handle switches must-revalidate off when the plugin says nothing', () => {
    expect(ofHandle({ staleWhileRevalidate: 60 }, undefined)).toMatchObject({ mustRevalidate: false });
  });

  test('the plugin’s stale-while-revalidate holds for a handle that says something else', () => {
    expect(ofHandle({ maxAge: 5 }, { staleWhileRevalidate: 60 })).toMatchObject({
      staleWhileRevalidate: 60,
      mustRevalidate: false,
    });
  });

  test('stale-while-revalidate of a Refreshable switches must-revalidate off', () => {
    const { terms } = resolveConfig({});
    const own = termsWith(terms, { cacheControl: { staleWhileRevalidate: 60 } });
    expect(own.cacheControl).toMatchObject({ staleWhileRevalidate: 60, mustRevalidate: false });
  });
});

test('the terms of a Refreshable that says nothing are the plugin’s', () => {
  const { terms } = resolveConfig({ ttl: 100, cacheControl: { maxAge: 5 } });
  expect(termsWith(terms, {})).toEqual(terms);
});
