'use strict';

// Found in a review: code of the project that pfapi did not see, and so went around or shared too widely.
const project = require('../app/src');
const { outcomeOf } = require('../support/content');
const { bootStrapi } = require('../support/strapi');

const TAG = 'api::tag.tag';
const READS = [`${TAG}.find`, `${TAG}.findOne`];

let app;

/** Boots with a project whose own `register` does this. */
const bootWith = async (register) => {
  const hook = jest.spyOn(project, 'register').mockImplementation(register);
  try {
    app = await bootStrapi({ plugin: true });
    expect(hook).toHaveBeenCalledTimes(1);
  } finally {
    hook.mockRestore();
  }
  app.strapi.log.level = 'silent';
  await app.grantPublic(READS);
  await app.strapi.documents(TAG).create({ data: { name: 'secret' } });
};

const ask = (headers) => app.request('/pfapi/find-many/tags', { headers });
const reasonOf = ({ headers }) => headers['x-pfapi-cache'];

afterEach(() => app?.close());

const withPolicy = (handler, path = '/tags') => ({
  method: 'GET',
  path,
  handler,
  config: { policies: ['api::guarded.closed'] },
});

describe('a route file of the project that lies over a core path closes the plural name', () => {
  const ROUTES = [
    ['in the short form of its handler', [withPolicy('tag.find')]],
    ['in the long form', [withPolicy('api::tag.tag.find')]],
    ['with a slash at its end', [withPolicy('tag.find', '/tags/')]],
    ['for all methods', [{ ...withPolicy('tag.find'), method: 'ALL' }]],
    ['under a function of its own', [{ ...withPolicy('tag.find'), handler: (ctx) => ctx.send('never') }]],
  ];

  test.each(ROUTES)('%s', async (name, routes) => {
    await bootWith(({ strapi }) => {
      const { tag } = strapi.apis;
      tag.routes = { '01-own': { routes }, ...tag.routes };
    });
    expect((await app.request('/api/tags')).status).toBe(403);
    expect((await ask()).status).toBe(404);
    expect((await app.request('/pfapi/get-count/tags')).status).toBe(404);
  });

  test('from another API of the project', async () => {
    await bootWith(({ strapi }) => {
      const { article } = strapi.apis;
      article.routes = { '01-own': { routes: [withPolicy('api::tag.tag.find')] }, ...article.routes };
    });
    expect((await app.request('/api/tags')).status).toBe(403);
    expect((await ask()).status).toBe(404);
  });
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

  test('but for what has nothing to do with the content API', async () => {
    await bootWith(({ strapi }) => {
      strapi.sanitizers.add('own.output', masking);
      strapi.get('auth').register('admin', { name: 'own', authenticate: () => ({}), verify() {} });
    });
    expect([outcomeOf(await ask()), outcomeOf(await ask())]).toEqual(['miss', 'hit']);
  });
});
