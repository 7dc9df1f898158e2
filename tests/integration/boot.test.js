'use strict';

const Logger = require('winston/lib/winston/logger');
const { bootStrapi } = require('../support/strapi');
const { outcomeOf } = require('../support/content');

const uid = 'api::article.article';
const PLACE = 'api::place.place';

/** Runs `fn` with an app of this configuration, and gives what the plugin wrote to the log meanwhile. */
const withApp = async (options, fn) => {
  const lines = [];
  // Before the boot there is no logger of the app's to watch, so all loggers are.
  const spy = jest.spyOn(Logger.prototype, 'write').mockImplementation(({ message }) => {
    if (String(message).startsWith('[pfapi]')) lines.push(message);
    return true;
  });
  try {
    const app = await bootStrapi(options);
    try {
      await app.grantPublic([`${PLACE}.find`, `${PLACE}.findOne`]);
      const place = await app.strapi.documents(PLACE).create({ data: { name: 'Oslo' } });
      await fn(app, place);
    } finally {
      await app.close();
    }
  } finally {
    spy.mockRestore();
  }
  return lines;
};

const expectUncached = async (app, reason, { documentId }) => {
  for (const [path, body] of [
    ['find-many/places?fields=name', [expect.objectContaining({ name: 'Oslo' })]],
    [`find-one/places/${documentId}`, expect.objectContaining({ name: 'Oslo' })],
    ['get-count/places', 1],
  ]) {
    for (const headers of [{}, { 'If-None-Match': '*' }]) {
      const answer = await app.request(`/pfapi/${path}`, { headers });
      expect([path, answer.status, answer.json]).toEqual([path, 200, body]);
      expect(answer.headers['x-pfapi-cache']).toBe(`bypass; reason=${reason}`);
      expect(answer.headers['cache-control']).toBe('private, no-store');
      expect(answer.headers).not.toHaveProperty('etag');
      expect(answer.headers.vary).toMatch('Authorization');
    }
  }
  expect((await app.request('/pfapi/find-many/articles')).status).toBe(403);
  expect((await app.request('/pfapi/find-many/places?fields=nope')).status).toBe(400);
  expect((await app.request('/pfapi/get-count/places', { method: 'POST' })).status).toBe(405);
  expect(app.strapi.plugin('pfapi').service('cache').stats()).toEqual({ state: 'bypass', reason });
};

// First in this file: once the addon is loaded, it stays loaded.
test('without the addon Strapi answers uncached and says so in one line', async () => {
  const env = { NAPI_RS_NATIVE_LIBRARY_PATH: '/nowhere/pfapi.node' };
  const lines = await withApp({ plugin: true, env }, async (app, place) => {
    await expectUncached(app, 'addon-missing', place);
    const source = { name: 'own', getData: async () => ({ data: { n: 1 } }), reduce: (params) => params };
    const own = app.strapi.plugin('pfapi').service('cache').define(source);
    expect(await own.get()).toEqual({ n: 1 });
  });
  expect(lines).toEqual([
    expect.stringMatching(
      /^\[pfapi\] PFAPI_ADDON_MISSING: the native addon could not be loaded \(.*\): Cannot find module '\/nowhere\/pfapi\.node'.*\. Strapi answers uncached\. Install without --omit=optional/,
    ),
  ]);
});

test('the option bypass answers everything uncached and says so in one line', async () => {
  const lines = await withApp({ plugin: { bypass: true } }, (app, place) =>
    expectUncached(app, 'switched-off', place),
  );
  expect(lines).toEqual([
    '[pfapi] PFAPI_BYPASS: the option bypass is set: every request is answered uncached.',
  ]);
});

test('a prefix of one’s own moves all routes', async () => {
  const lines = await withApp({ plugin: { prefix: '/cached/v1' } }, async (app, { documentId }) => {
    for (const path of ['find-many/places', `find-one/places/${documentId}`, 'get-count/places']) {
      expect((await app.request(`/pfapi/${path}`)).status).toBe(404);
      const answers = [await app.request(`/cached/v1/${path}`), await app.request(`/cached/v1/${path}`)];
      expect([path, ...answers.map(outcomeOf)]).toEqual([path, 'miss', 'hit']);
    }
  });
  expect(lines).toEqual([]);
});

test('the outcome can be kept to oneself', async () => {
  await withApp({ plugin: { outcomeHeader: false } }, async (app) => {
    for (const headers of [{}, {}, { 'If-None-Match': '*' }]) {
      const answer = await app.request('/pfapi/find-many/places', { headers });
      expect(answer.headers).not.toHaveProperty('x-pfapi-cache');
      expect(answer.headers.etag).toBeDefined();
    }
  });
});

describe('a configuration with mistakes stops Strapi', () => {
  const bootMessage = async (plugin) => {
    const failure = await bootStrapi({ plugin }).then(
      (app) => app.close().then(() => undefined),
      (error) => error,
    );
    return failure?.message;
  };
  const strapiSays = (...lines) => `Error regarding pfapi config: PFAPI_CONFIG: ${lines.join('\n  - ')}`;

  test('one mistake', async () => {
    expect(await bootMessage({ outcomeHeaders: true })).toBe(
      strapiSays(
        'there is a mistake in the configuration of pfapi:',
        'outcomeHeaders is not an option. Did you mean "outcomeHeader"? Allowed are prefix, bypass, ' +
          'outcomeHeader, ttl, fetchTimeout, local, redis, outbox, maxStaleOffline, mirrorBytes, buildId, ' +
          'metrics, cacheControl, handles.',
      ),
    );
  });

  test('mistakes of shape, all in one message', async () => {
    const handles = {
      'bad name': { uid },
      purge: { uid },
      a: {},
      b: { uid, params: { filter: {} }, ttl: -1, ignoreFields: 'views', cachecontrol: {} },
      c: 'api::article.article',
    };
    const config = { prefix: '/x/', bypass: 'yes', ttl: '60', local: { ttl: 0, maxBytes: 5 }, handles };
    expect(await bootMessage(config)).toBe(
      strapiSays(
        'there are 13 mistakes in the configuration of pfapi:',
        'prefix is "/x/"; it must be a path such as "/pfapi", without a slash at its end.',
        'bypass is "yes"; it must be true or false.',
        'ttl is "60"; it must be a whole number from 1 to 31536000 (s).',
        'local.ttl is 0; it must be a whole number from 1 to 31536000 (s).',
        'local.maxBytes is 5; it must be a whole number from 1048576 to 68719476736 (bytes).',
        'handles.bad name: the name may have letters, digits, "-" and "_", at most 64, a letter or digit first.',
        'handles.purge: the name is reserved. Reserved are purge, metrics, find-many, find-one, get-count, ' +
          'get-filters, store, dispatchers, caches, events, changes.',
        'handles.a.uid is missing; it must be a text.',
        'handles.b.cachecontrol is not an option. Did you mean "cacheControl"? Allowed are uid, idField, ' +
          'params, ttl, localTtl, permanent, evict, ignoreFields, shared, cacheControl.',
        'handles.b.params.filter is not an option. Did you mean "filters"? Allowed are fields, filters, ' +
          'populate, sort, pagination, locale, status.',
        'handles.b.ttl is -1; it must be a whole number from 1 to 31536000 (s).',
        'handles.b.ignoreFields is "views"; it must be a list of names.',
        'handles.c is "api::article.article"; it must be an object.',
      ),
    );
  });

  test('options that contradict each other', async () => {
    const config = {
      ttl: 60,
      local: { ttl: 100, maxEntryBytes: 100_000_000 },
      cacheControl: { sMaxAge: 5 },
      handles: {
        a: { uid, ttl: 10, localTtl: 20 },
        b: { uid, cacheControl: { mustRevalidate: true, staleWhileRevalidate: 3 } },
      },
    };
    expect(await bootMessage(config)).toBe(
      strapiSays(
        'there are 5 mistakes in the configuration of pfapi:',
        'local.ttl is 100; it must be at most ttl, which is 60 (s).',
        'local.maxEntryBytes is 100000000; it must be at most local.maxBytes, which is 67108864.',
        'cacheControl.sMaxAge is 5; it needs public: true beside it.',
        'handles.a.localTtl is 20; it must be at most its ttl, which is 10 (s).',
        'handles.b.cacheControl.mustRevalidate is true; it overrules staleWhileRevalidate (3), so set one of them.',
      ),
    );
  });

  test('what the schema does not have', async () => {
    const params = {
      fields: ['titel', 'secret'],
      filters: { $or: [{ author: { nam: 'x' } }] },
      populate: { autor: true },
      sort: 'author.nam',
      status: 'live',
      pagination: { page: 0, limit: 5 },
    };
    const message = await bootMessage({
      handles: {
        a: { uid: 'api::artcle.article' },
        b: { uid, idField: 'author', ignoreFields: ['view'], params },
      },
    });
    const ofArticle =
      'Allowed are title, slug, body, views, rating, secret, cover, author, tags, seo, blocks, createdAt, ' +
      'updatedAt, publishedAt, createdBy, updatedBy, locale, localizations.';
    const ofAuthor =
      'Allowed are name, email, articles, createdAt, updatedAt, publishedAt, createdBy, updatedBy, locale, localizations.';
    expect(message.replace(/Allowed are api::[^\n]*\./, 'Allowed are …')).toBe(
      [
        'PFAPI_CONFIG: there are 11 mistakes in the configuration of pfapi:',
        'handles.a.uid is "api::artcle.article", which is not a content type. Did you mean "api::article.article"? Allowed are …',
        'handles.b.idField is "author", which is a relation; it must be a plain attribute of api::article.article.',
        `handles.b.ignoreFields is "view", which is not an attribute of api::article.article. Did you mean "views"? ${ofArticle}`,
        `handles.b.params.fields is "titel", which is not an attribute of api::article.article. Did you mean "title"? ${ofArticle}`,
        'handles.b.params.fields has "secret", which is private: Strapi never shows it.',
        `handles.b.params.sort is "nam", which is not an attribute of api::author.author. Did you mean "name"? ${ofAuthor}`,
        `handles.b.params.filters.$or[0].author is "nam", which is not an attribute of api::author.author. Did you mean "name"? ${ofAuthor}`,
        'handles.b.params.populate is "autor", which is not a relation, component or media of api::article.article. Did you ' +
          'mean "author"? Allowed are cover, author, tags, seo, blocks, createdBy, updatedBy, localizations.',
        'handles.b.params.status is "live"; it must be "published" or "draft".',
        'handles.b.params.pagination.page is 0; it must be a whole number from 1.',
        'handles.b.params.pagination mixes page/pageSize with start/limit; Strapi takes one of the two.',
      ].join('\n  - '),
    );
  });

  test('what Strapi would refuse at each request', async () => {
    const params = {
      sort: 'title:up',
      filters: { title: { $eqals: 'x' } },
      populate: { blocks: { on: { 'shared.quot': true, 'shared.quote': { fields: ['txt'] } } } },
    };
    const message = await bootMessage({ handles: { a: { uid, params } } });
    for (const value of ['up', '$eqals', 'shared.quot', 'txt']) expect(message).toContain(`"${value}"`);
  });

  test('parts of a query that are of the wrong kind', async () => {
    const params = { fields: 9, filters: 'views>5', populate: 5, sort: 7 };
    const message = await bootMessage({ handles: { a: { uid, params, ignoreFields: ['author'] } } });
    expect(message.match(/^ {2}- handles\.a\.\S+/gm)).toEqual([
      '  - handles.a.ignoreFields',
      '  - handles.a.params.fields',
      '  - handles.a.params.filters',
      '  - handles.a.params.populate',
      '  - handles.a.params.sort',
    ]);
  });
});
