'use strict';

const { bootStrapi } = require('../support/strapi');
const { CONTENT_READS, outcomeOf, seedContent } = require('../support/content');

const uid = 'api::article.article';
const handles = {
  popular: {
    uid,
    params: {
      fields: ['title', 'slug', 'views'],
      filters: { views: { $gte: 10 } },
      populate: {
        author: { fields: ['name'], populate: { articles: { fields: ['title'], sort: ['title'] } } },
        tags: true,
      },
      sort: ['views:desc', 'title'],
      pagination: { pageSize: 2 },
    },
  },
  zones: { uid, params: { populate: { blocks: { on: { 'shared.rich': true } } } } },
  drafts: { uid, params: { status: 'draft', sort: 'views' } },
  published: { uid, params: { status: 'published' } },
  french: { uid, params: { locale: 'fr' } },
  everything: { uid, params: { populate: '*', fields: ['*'] } },
};

describe('the query of a caller and that of a handle', () => {
  let app;
  const ask = (handle, query = '') => app.request(`/pfapi/find-many/${handle}?${query}`);
  const titles = async (handle, query) => (await ask(handle, query)).json.map(({ title }) => title);
  const refusal = async (handle, query) => {
    const { status, json } = await ask(handle, query);
    expect({ status, data: json.data, name: json.error?.name }).toEqual({
      status: 400,
      data: null,
      name: 'ValidationError',
    });
    return json.error.message;
  };

  beforeAll(async () => {
    app = await bootStrapi({ plugin: { handles } });
    await seedContent(app.strapi);
    await app.grantPublic(CONTENT_READS);
  });
  afterAll(() => app?.close());

  test('a caller who asks nothing gets what is configured', async () => {
    const { status, json } = await ask('popular');
    expect(status).toBe(200);
    expect(json).toEqual([
      {
        id: expect.any(Number),
        documentId: expect.any(String),
        title: 'Fourth',
        slug: 'fourth',
        views: 5000,
        author: null,
        tags: [],
      },
      expect.objectContaining({ title: 'Third', author: expect.objectContaining({ name: 'Ann' }) }),
    ]);
    const { author } = json[1];
    expect(Object.keys(author).sort()).toEqual(['articles', 'documentId', 'id', 'name']);
    expect(author.articles.map(({ id, documentId, ...rest }) => rest)).toEqual(
      expect.arrayContaining([{ title: 'First' }, { title: 'Third' }]),
    );
  });

  test('filters are added and cannot be widened', async () => {
    const all = 'pagination[pageSize]=100';
    expect(await titles('popular', all)).toEqual(['Fourth', 'Third', 'Second']);
    expect(await titles('popular', `${all}&filters[views][$gte]=0`)).toEqual(['Fourth', 'Third', 'Second']);
    expect(await titles('popular', `${all}&filters[$or][0][views]=5&filters[$or][1][title]=Third`)).toEqual([
      'Third',
    ]);
    expect(await titles('popular', `${all}&filters[$not][views][$gte]=10`)).toEqual([]);
    expect(await titles('popular', `${all}&filters[title]=First`)).toEqual([]);
    expect(await titles('popular', `${all}&_q=first`)).toEqual([]);
  });

  test('fields may be fewer than configured, never others', async () => {
    const [row] = (await ask('popular', 'fields=slug&populate=tags')).json;
    expect(Object.keys(row).sort()).toEqual(['documentId', 'id', 'slug', 'tags']);
    expect((await ask('popular', 'fields[0]=id&fields[1]=documentId')).status).toBe(200);
    expect(Object.keys((await ask('popular', 'fields=*')).json[0])).not.toContain('body');
    expect(await refusal('popular', 'fields[0]=slug&fields[1]=body')).toBe(
      'Invalid fields "body": this handle allows title, slug, views, id, documentId',
    );
    const { json } = await ask('popular', 'fields=body');
    expect(json.error.details).toEqual({
      path: 'fields',
      value: 'body',
      allowed: ['title', 'slug', 'views', 'id', 'documentId'],
    });
  });

  test('populate may be less than configured, never more, on every level', async () => {
    const [, third] = (await ask('popular', 'populate=author')).json;
    expect(third).not.toHaveProperty('tags');
    expect(third.author.articles).toHaveLength(2);
    expect(await refusal('popular', 'populate=cover')).toBe(
      'Invalid populate "cover": this handle allows author, tags',
    );
    expect(await refusal('popular', 'populate[author][fields]=createdAt')).toBe(
      'Invalid populate.author.fields "createdAt": this handle allows name, id, documentId',
    );
    expect(await refusal('popular', 'populate[author][populate][articles][fields]=slug')).toBe(
      'Invalid populate.author.populate.articles.fields "slug": this handle allows title, id, documentId',
    );
    expect(await refusal('popular', 'populate[author][populate][articles][sort]=views')).toBe(
      'Invalid populate.author.populate.articles.sort "views": this handle allows title',
    );
    const everything = (await ask('popular', 'populate=*')).json;
    expect(everything).toEqual((await ask('popular')).json);
  });

  test('a populated relation cannot be a way to relations that are not configured', async () => {
    expect(await refusal('popular', 'populate[tags][populate][articles][fields]=body')).toMatch(
      /^Invalid populate\.tags\.populate "articles": this handle allows/,
    );
    expect(await refusal('popular', 'populate=tags.articles')).toMatch(
      /^Invalid populate\.tags\.populate "articles": this handle allows/,
    );
    expect(await refusal('popular', 'populate[author][populate][articles][populate]=author')).toMatch(
      /^Invalid populate\.author\.populate\.articles\.populate "author": this handle allows/,
    );
  });

  test('the fragments of a dynamic zone are the handle’s alone', async () => {
    const [first] = (await ask('zones', 'filters[title]=First')).json;
    expect(first.blocks.map((block) => block.__component)).toEqual(['shared.rich']);
    expect(await refusal('zones', 'populate[blocks][on][shared.quote]=true')).toBe(
      'Invalid populate.blocks: this handle decides what is populated here; ask for it without options',
    );
  });

  test('sort may be one of those configured, in either direction', async () => {
    expect(await titles('popular', 'sort=views:asc')).toEqual(['Second', 'Third']);
    expect(await titles('popular', 'sort=title')).toEqual(['Fourth', 'Second']);
    expect(await refusal('popular', 'sort=slug')).toBe(
      'Invalid sort "slug": this handle allows views, title',
    );
    expect(await refusal('popular', 'sort[author][name]=asc')).toBe(
      'Invalid sort "author.name": this handle allows views, title',
    );
  });

  test('pagination is a default and bound by the project’s own maximum', async () => {
    expect(await titles('popular', 'pagination[pageSize]=1&pagination[page]=2')).toEqual(['Third']);
    expect(await titles('popular', 'pagination[start]=1&pagination[limit]=5')).toEqual(['Third', 'Second']);
    expect(await titles('popular', 'pagination[pageSize]=1000')).toHaveLength(3);
  });

  test('status is fixed', async () => {
    expect(await titles('drafts')).toContain('Unfinished');
    expect(await titles('drafts', 'status=draft')).toContain('Unfinished');
    expect(await refusal('drafts', 'status=published')).toBe(
      'Invalid status "published": this handle answers draft content',
    );
    expect(await refusal('published', 'status=draft')).toBe(
      'Invalid status "draft": this handle answers published content',
    );
    // An empty status means drafts to Strapi: what is fixed must hold for it too.
    const { status, json } = await ask('published', 'status=');
    expect(status === 400 || json.every(({ title }) => title !== 'Unfinished')).toBe(true);
    expect(await titles('published')).not.toContain('Unfinished');
  });

  test('locale is a default', async () => {
    expect(await titles('french')).toEqual(['Premier']);
    expect(await titles('french', 'locale=en')).toHaveLength(4);
    expect(await titles('french', 'locale=')).toEqual(['Premier']);
  });

  test('what is configured counts as part of the query: one answer for both ways to ask', async () => {
    const long = 'fields=title,slug,views&sort=views:desc,title&pagination[pageSize]=2&populate=*';
    await ask('popular');
    expect(outcomeOf(await ask('popular', long))).toBe('hit');
  });

  test('a star in the configuration means all of the type', async () => {
    const [row] = (await ask('everything', 'filters[title]=First')).json;
    expect(row).toMatchObject({ body: 'About First', author: { name: 'Ann' }, seo: { title: 'SEO' } });
    expect(
      Object.keys(
        (await ask('everything', 'filters[title]=First&populate=author&fields=title')).json[0],
      ).sort(),
    ).toEqual(['author', 'documentId', 'id', 'title']);
  });

  test('a relation that is configured still needs the caller’s permission', async () => {
    await app.revokePublic(['api::author.author.find', 'api::author.author.findOne']);
    const [, third] = (await ask('popular')).json;
    expect(third.title).toBe('Third');
    expect(third).not.toHaveProperty('author');
    expect((await ask('popular', 'filters[author][name]=Ann')).status).toBe(400);
    await app.grantPublic(CONTENT_READS);
    expect((await ask('popular')).json[1].author.name).toBe('Ann');
  });
});
