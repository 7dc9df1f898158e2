'use strict';

const { bootStrapi } = require('../support/strapi');

describe.each(['sqlite', 'postgres'])('the harness on %s', (client) => {
  let app;

  beforeAll(async () => {
    app = await bootStrapi({ client, plugin: false });
  });

  afterAll(() => app?.close());

  test('answers over HTTP with what was written through documents', async () => {
    const author = await app.strapi.documents('api::author.author').create({
      data: { name: 'Ann', email: 'ann@example.com' },
      status: 'published',
    });
    await app.strapi.documents('api::article.article').create({
      data: {
        title: 'First',
        slug: 'first',
        secret: 'hidden',
        rating: 4.5,
        author: author.documentId,
        seo: { title: 'SEO', description: 'described' },
        blocks: [
          { __component: 'shared.quote', text: 'Quoted', author: author.documentId },
          { __component: 'shared.rich', body: 'Rich' },
        ],
      },
      status: 'published',
    });

    const path = '/api/articles?populate[author]=true&populate[seo]=true&populate[blocks][populate]=*';
    expect((await app.request(path)).status).toBe(403);

    await app.grantPublic(['api::article.article.find', 'api::author.author.find']);
    const { status, headers, json } = await app.request(path);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch('application/json');
    expect(json.data).toHaveLength(1);
    expect(json.data[0]).toMatchObject({
      title: 'First',
      views: 0,
      author: { name: 'Ann' },
      seo: { title: 'SEO' },
    });
    expect(json.data[0].blocks.map((block) => block.__component)).toEqual(['shared.quote', 'shared.rich']);
    expect(json.data[0].blocks[0].author.name).toBe('Ann');
    expect(json.data[0]).not.toHaveProperty('secret');
    expect(json.data[0].author).not.toHaveProperty('email');
  });

  test('counts the statements of a request without transaction control', async () => {
    const { result, count, queries } = await app.countQueries(() => app.request('/api/articles'));
    expect(result.status).toBe(200);
    // The public role's permissions; then the list and its count, each after looking up the default locale.
    expect(count).toBe(5);
    expect(queries.join('\n')).not.toMatch(/^(begin|commit)/im);
    expect((await app.countQueries(() => app.request('/_health'))).count).toBe(0);
  });

  test('makes users and API tokens', async () => {
    const { jwt } = await app.createRoleUser({ actions: ['api::place.place.find'] });
    const { accessKey } = await app.createApiToken({
      type: 'custom',
      permissions: ['api::place.place.find'],
    });
    const full = await app.createApiToken({ type: 'full-access' });
    expect((await app.request('/api/places')).status).toBe(403);
    expect((await app.request('/api/places', { token: jwt })).status).toBe(200);
    expect((await app.request('/api/places', { token: accessKey })).status).toBe(200);
    const written = { method: 'POST', body: { data: { name: 'Oslo', population: 700_000 } } };
    expect((await app.request('/api/places', { ...written, token: accessKey })).status).toBe(403);
    expect((await app.request('/api/places', { ...written, token: full.accessKey })).status).toBe(201);
  });

  test('takes back a public permission', async () => {
    await app.revokePublic(['api::article.article.find']);
    expect((await app.request('/api/articles')).status).toBe(403);
  });
});

test('a closed app leaves nothing behind and another can boot', async () => {
  const listeners = () => process.eventNames().map((event) => [event, process.listenerCount(event)]);
  const before = listeners();
  const first = await bootStrapi();
  await first.strapi.documents('api::place.place').create({ data: { name: 'Oslo' } });
  await first.close();
  await expect(first.request('/_health')).rejects.toThrow('ECONNREFUSED');

  const second = await bootStrapi();
  expect(await second.strapi.documents('api::place.place').count({})).toBe(0);
  await second.close();
  expect(listeners()).toEqual(before);
});
