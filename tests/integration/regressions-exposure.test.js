'use strict';

// Found in a review: code of the project that pfapi did not see, and so went around or shared too widely.
const project = require('../app/src');
const { CONTENT_READS, outcomeOf } = require('../support/content');
const { bootStrapi } = require('../support/strapi');

const TAG = 'api::tag.tag';

let app;

/** Boots with a project whose own `register` does this. */
const bootWith = async (register) => {
  const hook = jest.spyOn(project, 'register').mockImplementation(register);
  try {
    app = await bootStrapi({ plugin: true, env: { LOG_LEVEL: 'error' } });
    expect(hook).toHaveBeenCalledTimes(1);
  } finally {
    hook.mockRestore();
  }
  app.strapi.log.level = 'silent';
  await app.grantPublic(CONTENT_READS);
  await app.strapi.documents(TAG).create({ data: { name: 'secret' } });
};

const ask = (headers) => app.request('/pfapi/find-many/tags', { headers });
const reasonOf = ({ headers }) => headers['x-pfapi-cache'];

afterEach(() => app?.close());

test('a route file of the project that lies over a core path closes the plural name', async () => {
  const route = (path, handler, method = 'GET') => ({
    method,
    path,
    handler,
    config: { auth: false, policies: ['api::guarded.closed'] },
  });
  // By the API whose route files come before its own: what comes first answers.
  const own = {
    tag: [route('/tags', 'tag.find'), route('/tags/:id', 'tag.findOne')],
    author: [route('/authors', 'api::author.author.find', 'ALL')],
    category: [route('/categories', (ctx) => ctx.send('never'))],
    article: [route('/places', 'api::place.place.find')],
  };
  await bootWith(({ strapi }) => {
    for (const [name, routes] of Object.entries(own)) {
      const api = strapi.apis[name];
      api.routes = { '01-own': { routes }, ...api.routes };
    }
  });
  for (const name of ['tags', 'authors', 'categories', 'places']) {
    const statuses = [];
    for (const path of [`/api/${name}`, `/pfapi/find-many/${name}`, `/pfapi/get-count/${name}`]) {
      statuses.push((await app.request(path)).status);
    }
    expect([name, ...statuses]).toEqual([name, 403, 404, 404]);
  }
  const [{ documentId }] = await app.strapi.documents(TAG).findMany({});
  expect((await app.request(`/api/tags/${documentId}`)).status).toBe(403);
  expect((await app.request(`/pfapi/find-one/tags/${documentId}`)).status).toBe(404);
  // What no file lies over is as open as before.
  expect((await app.request('/pfapi/find-many/articles')).status).toBe(200);
});

describe('answers are not shared once the project', () => {
  const isMember = () => app.strapi.requestContext.get()?.request.headers['x-member'] === '1';
  const masking = () => (data) => (isMember() ? data : { ...data, name: '***' });
  const member = { 'x-member': '1' };

  const expectOwn = async () => {
    for (const [headers, name] of [
      [member, 'secret'],
      [{}, '***'],
      [member, 'secret'],
    ]) {
      const answer = await ask(headers);
      expect([reasonOf(answer), answer.json[0].name]).toEqual(['bypass; reason=foreign-reads', name]);
    }
  };

  test('has a sanitizer of the content API, from its register', async () => {
    await bootWith(({ strapi }) => strapi.sanitizers.add('content-api.output', masking));
    await expectOwn();
  });

  test('adds a sanitizer later, and what was kept before is not shown', async () => {
    await bootWith(() => {});
    // These have nothing to do with the content API.
    app.strapi.sanitizers.add('own.output', masking);
    app.strapi.get('auth').register('admin', { name: 'own', authenticate: () => ({}), verify() {} });
    expect([outcomeOf(await ask()), outcomeOf(await ask())]).toEqual(['miss', 'hit']);
    app.strapi.sanitizers.add('content-api.output', masking);
    await expectOwn();
  });

  test('has a validator of the content API', async () => {
    await bootWith(({ strapi }) => strapi.validators.add('content-api.input', () => (data) => data));
    for (let i = 0; i < 2; i += 1) expect(reasonOf(await ask())).toBe('bypass; reason=foreign-reads');
  });

  test('has a way of its own to authenticate', async () => {
    await bootWith(({ strapi }) =>
      strapi.get('auth').register('content-api', {
        name: 'by-header',
        authenticate: () => ({ authenticated: false }),
        verify() {},
      }),
    );
    for (let i = 0; i < 2; i += 1) expect(reasonOf(await ask())).toBe('bypass; reason=foreign-reads');
  });
});
