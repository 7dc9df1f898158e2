'use strict';

const { outcomeOf } = require('../support/content');
const { bootStrapi } = require('../support/strapi');
const { ARTICLES, READS, expectFollowed } = require('../support/followed');

const ARTICLE = 'api::article.article';
const DRAFTS = '/find-many/articles?status=draft&sort=id:desc';
const DRAFT_COUNT = '/get-count/articles?status=draft';
const COUNT = '/get-count/articles';
const one = (id, query = '?populate=*') => `/find-one/articles/${id}${query}`;

describe.each(['sqlite', 'postgres'])('answers follow writes of documents on %s', (client) => {
  let app;
  let token;
  let articles;
  let manager;

  beforeAll(async () => {
    app = await bootStrapi({ client, plugin: true });
    await app.grantPublic(READS);
    token = (await app.createApiToken({ type: 'full-access' })).accessKey;
    articles = app.strapi.documents(ARTICLE);
    manager = app.strapi.plugin('content-manager').service('document-manager');
  });

  afterAll(() => app?.close());

  const draft = (title) => articles.create({ data: { title, slug: title } });
  const published = (title, data) =>
    articles.create({ data: { title, slug: title, ...data }, status: 'published' });
  const rest = async (method, path, data) => {
    const answer = await app.request(path, { method, token, ...(data && { body: { data } }) });
    expect(answer.status).toBeLessThan(300);
    return answer.json?.data;
  };

  test.each(['', '?fields=title'])('REST POST, PUT and DELETE%s', async (query) => {
    const { documentId } = await expectFollowed(app, [ARTICLES, COUNT], () =>
      rest('POST', `/api/articles${query}`, { title: 'Posted', slug: 'posted' }),
    );
    const path = `/api/articles/${documentId}${query}`;
    const renamed = '/get-count/articles?filters[title]=Put';
    await expectFollowed(app, [ARTICLES, one(documentId), renamed], () =>
      rest('PUT', path, { title: 'Put' }),
    );
    await expectFollowed(app, [ARTICLES, one(documentId), renamed, COUNT], () => rest('DELETE', path));
  });

  test('a document is created as a draft', () =>
    expectFollowed(app, [DRAFTS, DRAFT_COUNT], () => draft('Drafted')));

  test('a document is created published', () =>
    expectFollowed(app, [ARTICLES, COUNT, DRAFTS], () => published('Published')));

  test('a draft is updated', async () => {
    const { documentId } = await published('Before');
    const drafted = '/get-count/articles?status=draft&filters[title]=After';
    await expectFollowed(app, [DRAFTS, drafted, one(documentId, '?status=draft')], () =>
      articles.update({ documentId, data: { title: 'After' } }),
    );
  });

  test('a document is updated and published in one call', async () => {
    const { documentId } = await published('Before');
    await expectFollowed(app, [ARTICLES, one(documentId)], () =>
      articles.update({ documentId, data: { title: 'After' }, status: 'published' }),
    );
  });

  test('a document is published for the first time, and again', async () => {
    const { documentId } = await draft('New');
    await expectFollowed(app, [ARTICLES, COUNT, one(documentId)], () => articles.publish({ documentId }));
    await articles.update({ documentId, data: { title: 'Newer' } });
    await expectFollowed(app, [ARTICLES, one(documentId)], () => articles.publish({ documentId }));
  });

  test('a document is unpublished', async () => {
    const { documentId } = await published('Gone');
    await expectFollowed(app, [ARTICLES, COUNT, one(documentId)], () => articles.unpublish({ documentId }));
  });

  test('a draft is discarded', async () => {
    const { documentId } = await published('Kept');
    await articles.update({ documentId, data: { title: 'Discarded' } });
    await expectFollowed(app, [DRAFTS, one(documentId, '?status=draft')], () =>
      articles.discardDraft({ documentId }),
    );
  });

  test('a document is cloned', async () => {
    const { documentId } = await published('Original', { seo: { title: 'SEO' } });
    await expectFollowed(app, [DRAFTS, DRAFT_COUNT], () => articles.clone({ documentId, data: {} }));
  });

  test('a document is deleted', async () => {
    const { documentId } = await published('Deleted');
    await expectFollowed(app, [ARTICLES, COUNT, one(documentId)], () => articles.delete({ documentId }));
  });

  test('a document is found under its row id until the next publication gives it another', async () => {
    const { id, documentId } = await published('By row id');
    const read = () => app.request(`/pfapi/find-one/articles/${id}`);
    await read();
    expect(outcomeOf(await read())).toBe('hit');
    await articles.publish({ documentId });
    expect((await read()).status).toBe(404);
  });

  test('the entries of entityService', async () => {
    const { entityService } = app.strapi;
    const { id, documentId } = await expectFollowed(app, [ARTICLES, COUNT], () =>
      entityService.create(ARTICLE, { data: { title: 'Served', publishedAt: new Date() } }),
    );
    const updated = await expectFollowed(app, [ARTICLES, one(documentId)], () =>
      entityService.update(ARTICLE, id, { data: { title: 'Updated' } }),
    );
    await expectFollowed(app, [ARTICLES, COUNT, one(documentId)], () =>
      entityService.delete(ARTICLE, updated.id),
    );
  });

  test('the editor of the content manager', async () => {
    const { documentId } = await expectFollowed(app, [DRAFTS, DRAFT_COUNT], () =>
      manager.create(ARTICLE, { data: { title: 'Edited' } }),
    );
    const asDraft = one(documentId, '?status=draft');
    await expectFollowed(app, [DRAFTS, asDraft], () =>
      manager.update(documentId, ARTICLE, { data: { title: 'Edited again' } }),
    );
    await expectFollowed(app, [ARTICLES, COUNT, one(documentId)], () => manager.publish(documentId, ARTICLE));
    await manager.update(documentId, ARTICLE, { data: { title: 'Dropped' } });
    await expectFollowed(app, [asDraft], () => manager.discardDraft(documentId, ARTICLE));
    await expectFollowed(app, [DRAFTS], () => manager.clone(documentId, { title: 'Copy' }, ARTICLE));
    await expectFollowed(app, [ARTICLES, COUNT, one(documentId)], () =>
      manager.unpublish(documentId, ARTICLE),
    );
    await expectFollowed(app, [DRAFTS, asDraft], () => manager.delete(documentId, ARTICLE));
  });

  test('the bulk actions of the content manager', async () => {
    const ids = [(await draft('One')).documentId, (await draft('Two')).documentId];
    const paths = [ARTICLES, COUNT, ...ids.map((id) => one(id))];
    await expectFollowed(app, paths, () => manager.publishMany(ARTICLE, ids));
    await expectFollowed(app, paths, () => manager.unpublishMany(ids, ARTICLE));
    await manager.publishMany(ARTICLE, ids);
    await expectFollowed(app, [...paths, DRAFTS, DRAFT_COUNT], () => manager.deleteMany(ids, ARTICLE));
  });
});
