'use strict';

const { bootStrapi } = require('../support/strapi');
const { CONTENT_READS, outcomeOf, seedContent } = require('../support/content');

const uid = 'api::article.article';
const handles = {
  article: { uid, idField: 'slug', params: { populate: ['author'] } },
  ranked: { uid: 'api::category.category', idField: 'rank' },
  popular: { uid, idField: 'slug', params: { filters: { views: { $gte: 10 } } } },
  french: { uid, idField: 'slug', params: { locale: 'fr' } },
};

const NO_SUCH = (message) => ({
  data: null,
  error: { status: 404, name: 'NotFoundError', message, details: {} },
});

describe.each(['sqlite', 'postgres'])('find-one and get-count on %s', (client) => {
  let app;
  let seed;
  const one = (handle, id, query = '') =>
    app.request(`/pfapi/find-one/${handle}/${encodeURIComponent(id)}?${query}`);
  const count = (handle, query = '') => app.request(`/pfapi/get-count/${handle}?${query}`);

  beforeAll(async () => {
    app = await bootStrapi({ client, plugin: { handles } });
    seed = await seedContent(app.strapi);
    await app.grantPublic(CONTENT_READS);
    app.strapi.log.level = 'silent';
  });
  afterAll(() => app?.close());

  test.each(['', 'populate=*', 'fields=title', 'locale=fr', 'status=draft', 'populate[author][fields]=name'])(
    'a document is that of /api, by document id: ?%s',
    async (query) => {
      const { documentId } = seed.first;
      const expected = await app.request(`/api/articles/${documentId}?${query}`);
      const first = await one('articles', documentId, query);
      expect([first.status, first.json]).toEqual([200, expected.json.data]);
      const second = await one('articles', documentId, query);
      expect([outcomeOf(second), second.text]).toEqual(['hit', first.text]);
    },
  );

  test.each([
    'fields=secret',
    'populate=deep',
    'status=bogus',
    'locale=zz-!!',
    'filters[nope]=1',
    'unknown=1',
  ])('what /api refuses is refused the same: ?%s', async (query) => {
    const { documentId } = seed.first;
    const expected = await app.request(`/api/articles/${documentId}?${query}`);
    const { status, json } = await one('articles', documentId, query);
    expect([status, json]).toEqual([expected.status, expected.json]);
  });

  test('a document is found by its idField, its document id or its row id', async () => {
    const [row] = (await app.request('/pfapi/find-many/articles?filters[slug]=first')).json;
    for (const id of ['first', seed.first.documentId, String(row.id)]) {
      expect([id, (await one('article', id)).json]).toEqual([id, { ...row, author: expect.any(Object) }]);
    }
    expect((await one('articles', row.id)).json).toEqual(row);
    expect((await one('articles', 'first')).status).toBe(404);
  });

  test('the idField goes before the document id, and that before the row id', async () => {
    const [row] = (await app.request('/pfapi/find-many/articles?filters[slug]=second')).json;
    const create = (slug) =>
      app.strapi.documents(uid).create({ data: { title: `At ${slug}`, slug }, status: 'published' });
    expect((await one('article', String(row.id))).json.title).toBe('Second');
    expect((await one('article', seed.third.documentId)).json.title).toBe('Third');
    await create(String(row.id));
    await create(seed.third.documentId);
    expect((await one('article', String(row.id))).json.title).toBe(`At ${row.id}`);
    expect((await one('article', seed.third.documentId)).json.title).toBe(`At ${seed.third.documentId}`);
  });

  test('what is not there is a 404 in Strapi’s shape, until it is there', async () => {
    const missing = await one('article', 'later');
    expect([missing.status, missing.json]).toEqual([
      404,
      NO_SUCH('No api::article.article with slug, documentId, id "later"'),
    ]);
    expect(missing.headers).not.toHaveProperty('etag');
    const unfinished = await one('article', 'unfinished');
    expect(unfinished.status).toBe(404);
    await app.strapi.documents(uid).create({ data: { title: 'Later', slug: 'later' }, status: 'published' });
    expect((await one('article', 'later')).json.title).toBe('Later');
    await app.strapi.documents(uid).publish({ documentId: seed.draft.documentId });
    expect((await one('article', 'unfinished')).json.title).toBe('Unfinished');
    await app.strapi.documents(uid).unpublish({ documentId: seed.draft.documentId });
    expect((await one('article', 'unfinished')).status).toBe(404);
  });

  test('a handle that does not exist is a 404', async () => {
    for (const kind of ['find-many', 'get-count']) {
      const { status, json } = await app.request(`/pfapi/${kind}/nowhere`);
      const message = 'There is no handle "nowhere", and no content type of that plural name';
      expect([status, json]).toEqual([404, NO_SUCH(message)]);
    }
    // Neither Strapi's own types nor single types are there by their plural names.
    for (const plural of ['users', 'roles', 'files', 'homepages', 'locales']) {
      expect([plural, (await app.request(`/pfapi/find-many/${plural}`)).status]).toEqual([plural, 404]);
    }
  });

  test('a number that is no row id of this database is a 404', async () => {
    for (const id of ['0', '-1', '1.5', '2147483648', '9999999999', '9999999999999999', '1e3']) {
      const expected = await app.request(`/api/articles/${id}`);
      expect([id, (await one('articles', id)).status]).toEqual([id, expected.status]);
    }
  });

  test('an idField of numbers does not fail for other ids', async () => {
    expect((await one('ranked', '1')).json.name).toBe('All');
    expect((await one('ranked', seed.category.documentId)).json.name).toBe('All');
    for (const id of ['first', '1.5', '99999999999', '']) {
      expect([id, (await one('ranked', id)).status]).toEqual([id, 404]);
    }
  });

  test('the handle’s filters and locale hold for one document too', async () => {
    expect((await one('popular', 'second')).json.title).toBe('Second');
    for (const id of ['first', seed.first.documentId]) expect((await one('popular', id)).status).toBe(404);
    expect((await one('french', seed.first.documentId)).json.title).toBe('Premier');
    expect((await one('french', seed.first.documentId, 'locale=en')).json.title).toBe('First');
  });

  test.each([
    '',
    'filters[author][name]=Ann',
    'filters[title]=nobody',
    'filters[$or][0][title]=First&filters[$or][1][tags][name]=news',
    'status=draft',
    'status=',
    'locale=fr',
    'locale=de',
    'locale=*',
    '_q=second',
    'populate=*&sort=title&fields=title',
    'pagination[pageSize]=1',
    'publicationFilter=modified',
  ])('the count is the total of /api: ?%s', async (query) => {
    const { total } = (await app.request(`/api/articles?${query}`)).json.meta.pagination;
    const first = await count('articles', query);
    expect([first.status, first.text]).toEqual([200, String(total)]);
    expect(first.headers['content-type']).toMatch('application/json');
    expect(outcomeOf(await count('articles', query))).toBe('hit');
  });

  test('the count is one answer whatever does not change it', async () => {
    await count('articles', 'filters[slug]=third');
    const others = 'sort=title&populate=*&fields=slug&pagination[page]=3&filters[slug]=third';
    expect(outcomeOf(await count('articles', others))).toBe('hit');
  });

  test('the count counts with the handle’s filters and follows writes', async () => {
    const before = (await count('popular')).json;
    expect(before).toBe(3);
    const made = await app.strapi
      .documents(uid)
      .create({ data: { title: 'More', views: 99 }, status: 'published' });
    expect((await count('popular')).json).toBe(before + 1);
    await app.strapi.documents(uid).delete({ documentId: made.documentId });
    expect((await count('popular')).json).toBe(before);
  });
});
