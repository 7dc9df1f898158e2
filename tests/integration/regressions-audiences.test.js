'use strict';

// Found in a review: what one caller's token, request or file does to the answers of others. On PostgreSQL, where a read
// can be held while others run.
const { Source } = require('../../native/binding');
const project = require('../app/src');
const { CONTENT_READS, outcomeOf } = require('../support/content');
const { createGate, holdRead, openGates } = require('../support/gates');
const { createDefine } = require('../support/refreshables');
const { bootStrapi } = require('../support/strapi');

const ARTICLE = 'api::article.article';
const PLACE = 'api::place.place';
const AUTHORED = 'find-many/articles?populate=author';
const handles = {
  lasting: { uid: ARTICLE, params: { populate: ['author'] }, permanent: true },
  bySlug: { uid: PLACE, idField: 'slug' },
};

let app;
const read = async (path, token) => {
  const answer = await app.request(`/pfapi/${path}`, { token });
  return { outcome: outcomeOf(answer), status: answer.status, json: answer.json };
};
const authorsOf = ({ json }) => json.map(({ author }) => author?.name);
const create = (uid, data) => app.strapi.documents(uid).create({ data, status: 'published' });

afterEach(openGates);

describe('a token that expires', () => {
  const LIFE = 1500;
  let author;
  let lasting;
  let short;
  let end;

  beforeAll(async () => {
    app = await bootStrapi({ client: 'postgres', plugin: { handles } });
    ({ documentId: author } = await create('api::author.author', { name: 'Ann' }));
    await create(ARTICLE, { title: 'First', author });
  });
  afterAll(() => app?.close());

  beforeEach(async () => {
    lasting = (await app.createApiToken()).accessKey;
    const { id, accessKey } = await app.createApiToken();
    short = accessKey;
    end = Date.now() + LIFE;
    const data = { expiresAt: new Date(end).toISOString() };
    await app.strapi.db.query('admin::api-token').update({ where: { id }, data });
  });

  const untilExpired = async () => {
    await new Promise((resolve) => setTimeout(resolve, end - Date.now() + 50));
    expect((await app.request('/api/articles', { token: short })).status).toBe(401);
  };

  test('does not take the relations out of a permanent answer that others get', async () => {
    expect(authorsOf(await read('find-many/lasting', lasting))).toEqual(['Ann']);
    expect((await read('find-many/places', short)).status).toBe(200);
    await untilExpired();
    const { refreshes } = app.strapi.plugin('pfapi').service('cache').stats();
    await create(ARTICLE, { title: 'Second', author });
    const updated = () => app.strapi.plugin('pfapi').service('cache').stats().refreshes > refreshes;
    while (!updated()) await new Promise((resolve) => setTimeout(resolve, 5));
    let answer;
    do answer = await read('find-many/lasting', lasting);
    while (answer.json.length < 2);
    expect(authorsOf(answer)).toEqual(['Ann', 'Ann']);
    expect(await read('find-many/lasting', lasting)).toEqual({ ...answer, outcome: 'hit' });
  });

  test('does not take the relations out of an answer that is made while it expires', async () => {
    const held = holdRead(app.strapi, ARTICLE, 'afterFindMany');
    const slow = read(AUTHORED, lasting);
    await held.reached;
    expect((await read('find-many/places', short)).status).toBe(200);
    await untilExpired();
    held.open();
    const answer = await slow;
    expect(new Set(authorsOf(answer))).toEqual(new Set(['Ann']));
    expect(await read(AUTHORED, lasting)).toEqual({ ...answer, outcome: 'hit' });
  });
});

/** Resolves when the engine has been asked for one more answer. */
const nextAnswer = () =>
  new Promise((resolve) => {
    const { prototype } = Source;
    const original = prototype.answer;
    prototype.answer = function asked(...args) {
      prototype.answer = original;
      resolve();
      return original.apply(this, args);
    };
  });

describe('a fetch that fails, which was begun before a write', () => {
  beforeAll(async () => {
    app = await bootStrapi({ client: 'postgres', plugin: { handles } });
    app.strapi.log.level = 'silent';
    await app.grantPublic(CONTENT_READS);
  });
  afterAll(() => app?.close());

  test('is a 404 for who asked before, and the document for its writer', async () => {
    const held = holdRead(app.strapi, PLACE, 'afterFindOne');
    const early = read('find-one/bySlug/oslo');
    await held.reached;
    await create(PLACE, { name: 'Oslo', slug: 'oslo' });
    const joining = nextAnswer();
    const late = read('find-one/bySlug/oslo');
    await joining;
    held.open();
    expect((await early).status).toBe(404);
    expect(await late).toMatchObject({ status: 200, json: { name: 'Oslo' } });
  });

  test('is an error for who asked before, and the data for its writer, inside of the process', async () => {
    const gate = createGate();
    const define = createDefine(() => app);
    const own = define(async (params, call) => {
      const row = await app.strapi.db.query(PLACE).findOne({ where: { name: 'Bergen' } });
      if (call === 1) await gate.pass();
      if (!row) throw new Error('not there');
      return { data: row.name };
    });
    const early = own.get();
    await gate.reached;
    await create(PLACE, { name: 'Bergen' });
    const late = own.get();
    gate.open();
    await expect(early).rejects.toThrow('not there');
    expect(await late).toBe('Bergen');
  });
});

describe('an upload provider that signs URLs', () => {
  let signed = 0;

  beforeAll(async () => {
    const hook = jest.spyOn(project, 'register').mockImplementation(({ strapi }) =>
      strapi.plugin('upload').provider.extend({
        isPrivate: async () => true,
        getSignedUrl: async ({ url }) => ({ url: `${url}?signature=${(signed += 1)}` }),
      }),
    );
    app = await bootStrapi({ plugin: true });
    hook.mockRestore();
    const { provider } = app.strapi.config.get('plugin::upload');
    const file = { name: 'a', hash: 'h', url: '/a.png', mime: 'image/png', size: 1, provider };
    const { id: cover } = await app.strapi.db.query('plugin::upload.file').create({ data: file });
    await create(ARTICLE, { title: 'Covered', cover });
  });
  afterAll(() => app?.close());

  test('has its URLs signed anew for each answer that shows one', async () => {
    const { accessKey } = await app.createApiToken();
    const urls = [];
    for (let i = 0; i < 3; i += 1) {
      const { outcome, json } = await read('find-many/articles?populate=cover', accessKey);
      expect(outcome).toBe('miss');
      urls.push(json[0].cover.url);
    }
    expect(urls).toEqual([1, 2, 3].map(() => expect.stringMatching(/^\/a\.png\?signature=\d+$/)));
    expect(new Set(urls).size).toBe(3);
    for (const outcome of ['miss', 'hit']) {
      expect((await read('find-many/articles', accessKey)).outcome).toBe(outcome);
    }
  });
});
