'use strict';

// Found in a review: relations that the Query Engine writes alone, and how far a write reaches.
const { CONTENT_READS, outcomeOf } = require('../support/content');
const { holdCommit, openGates } = require('../support/gates');
const { createDefine } = require('../support/refreshables');
const { bootStrapi } = require('../support/strapi');

const ARTICLE = 'api::article.article';
const AUTHOR = 'api::author.author';

let app;
const query = (uid) => app.strapi.db.query(uid);

describe('relations that the Query Engine writes alone, seen while their COMMIT is on its way', () => {
  const define = createDefine(() => app);
  let author;
  let articles;
  let titles;

  beforeAll(async () => {
    app = await bootStrapi({ client: 'postgres', plugin: true });
  });
  afterEach(openGates);
  afterAll(() => app?.close());

  beforeEach(async () => {
    author = await query(AUTHOR).create({ data: { name: 'Ann' } });
    articles = [];
    for (const title of ['a', 'b']) articles.push((await query(ARTICLE).create({ data: { title } })).id);
    const where = { id: author.id };
    titles = define(async () => {
      const row = await query(AUTHOR).findOne({ where, populate: { articles: true } });
      return { data: row.articles.map(({ title }) => title).sort() };
    });
  });

  test.each([
    ['updateRelations', () => query(AUTHOR).updateRelations(author.id, { articles: [articles[1]] })],
    ['attachRelations', () => query(AUTHOR).attachRelations(author.id, { articles: [articles[1]] })],
  ])('%s', async (name, write) => {
    expect(await titles.get()).toEqual([]);
    const held = holdCommit(app.strapi, 'before');
    const writer = write();
    await held.reached;
    expect(await titles.get()).toEqual([]);
    held.open();
    await writer;
    for (let i = 0; i < 2; i += 1) expect(await titles.get()).toEqual(['b']);
  });
});

describe('a write to one article leaves the answers of another one in memory', () => {
  const ids = {};
  const documents = () => app.strapi.documents(ARTICLE);
  const questions = () =>
    ['', '?populate=author', '?populate=tags', '?populate=seo', '?status=draft', '?fields=title'].map(
      (search) => `/pfapi/find-one/articles/${ids.shown}${search}`,
    );

  beforeAll(async () => {
    app = await bootStrapi({ plugin: true });
    await app.grantPublic(CONTENT_READS);
    const { documentId: author } = await app.strapi
      .documents(AUTHOR)
      .create({ data: { name: 'Ann' }, status: 'published' });
    const tag = await app.strapi.documents('api::tag.tag').create({ data: { name: 'news' } });
    const data = { author, tags: [tag.documentId], seo: { title: 'SEO' } };
    const shown = await documents().create({ data: { title: 'shown', ...data }, status: 'published' });
    const other = await documents().create({ data: { title: 'other' }, status: 'published' });
    Object.assign(ids, { shown: shown.documentId, other: other.documentId, row: other.id });
  });
  afterAll(() => app?.close());

  test('a column of a row, even where articles show in what is populated', async () => {
    const path = `/pfapi/find-one/articles/${ids.shown}?populate[author][populate]=articles`;
    await app.request(path);
    await query(ARTICLE).update({ where: { id: ids.row }, data: { views: 8 } });
    expect(outcomeOf(await app.request(path))).toBe('hit');
  });

  test.each([
    ['a column of a row', () => query(ARTICLE).update({ where: { id: ids.row }, data: { views: 7 } })],
    ['a draft', () => documents().update({ documentId: ids.other, data: { title: 'changed' } })],
    ['a new draft', () => documents().create({ data: { title: 'new' } })],
  ])('%s', async (name, write) => {
    for (const path of questions()) await app.request(path);
    await write();
    for (const path of questions()) {
      const answer = await app.request(path);
      expect([path, answer.status, outcomeOf(answer)]).toEqual([path, 200, 'hit']);
    }
  });
});
