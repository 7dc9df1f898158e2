'use strict';

const { bootStrapi } = require('../support/strapi');
const { ARTICLES, READS, expectFollowed } = require('../support/followed');

const PLACES = '/find-many/places?sort=id:desc';
const COUNT = '/get-count/places';
const one = (id) => `/find-one/places/${id}`;

describe.each(['sqlite', 'postgres'])('answers follow writes of rows on %s', (client) => {
  let app;
  let places;
  let articles;

  beforeAll(async () => {
    app = await bootStrapi({ client, plugin: { handles: { home: { uid: 'api::homepage.homepage' } } } });
    await app.grantPublic(READS);
    places = app.strapi.db.query('api::place.place');
    articles = app.strapi.documents('api::article.article');
  });

  afterAll(() => app?.close());

  test('the Query Engine creates, updates and deletes a row', async () => {
    const { id, documentId } = await expectFollowed(app, [PLACES, COUNT], () =>
      places.create({ data: { name: 'Oslo', population: 1 } }),
    );
    const large = '/get-count/places?filters[population][$gt]=5';
    await expectFollowed(app, [PLACES, one(documentId), large], () =>
      places.update({ where: { id }, data: { population: 10 } }),
    );
    await expectFollowed(app, [PLACES, COUNT, one(documentId), large], () =>
      places.delete({ where: { id } }),
    );
  });

  test('the Query Engine creates, updates and deletes many rows', async () => {
    const row = (name) => ({ name, country: 'many', documentId: `document-${name}`.padEnd(24, '0') });
    const rows = ['a', 'b', 'c'].map(row);
    const known = rows.map(({ documentId }) => one(documentId));
    await expectFollowed(app, [PLACES, COUNT, ...known], () => places.createMany({ data: rows }));
    // No row says its document id here, and none says which it was.
    await expectFollowed(app, [PLACES, COUNT], () => places.createMany({ data: [{ name: 'nameless' }] }));
    const where = { country: 'many' };
    const renamed = '/get-count/places?filters[name]=renamed';
    await expectFollowed(app, [PLACES, renamed, ...known], () =>
      places.updateMany({ where, data: { name: 'renamed' } }),
    );
    await expectFollowed(app, [PLACES, COUNT, renamed, ...known], () => places.deleteMany({ where }));
  });

  test('an update that returns only some columns', async () => {
    const { id, documentId } = await places.create({ data: { name: 'Bergen' } });
    await expectFollowed(app, [PLACES, one(documentId)], () =>
      places.update({ where: { id }, data: { name: 'Bodø' }, select: ['name'] }),
    );
    await expectFollowed(app, [PLACES, COUNT, one(documentId)], () =>
      places.delete({ where: { id }, select: ['name'] }),
    );
  });

  test('an update after which a filter of its own does not find the row any more', async () => {
    const { id, documentId } = await places.create({ data: { name: 'Lom' } });
    await expectFollowed(app, [PLACES, one(documentId)], () =>
      places.update({ where: { id }, data: { name: 'Voss' }, filters: { name: 'Lom' } }),
    );
  });

  test('entityService creates, updates and deletes an entry', async () => {
    const { entityService } = app.strapi;
    const { id, documentId } = await expectFollowed(app, [PLACES, COUNT], () =>
      entityService.create('api::place.place', { data: { name: 'Served' } }),
    );
    await expectFollowed(app, [PLACES, one(documentId)], () =>
      entityService.update('api::place.place', id, { data: { name: 'Again' } }),
    );
    await expectFollowed(app, [PLACES, COUNT, one(documentId)], () =>
      entityService.delete('api::place.place', id),
    );
  });

  test('the Query Engine changes the rows of a document with drafts', async () => {
    const { documentId } = await articles.create({ data: { title: 'Rows' }, status: 'published' });
    const rows = app.strapi.db.query('api::article.article');
    const where = { documentId, publishedAt: { $notNull: true } };
    const path = `/find-one/articles/${documentId}`;
    await expectFollowed(app, [ARTICLES, path], () => rows.update({ where, data: { title: 'Row' } }));
    await expectFollowed(app, [ARTICLES, '/get-count/articles', path], () =>
      rows.update({ where, data: { publishedAt: null } }),
    );
  });

  test('components change with their owner and by themselves', async () => {
    const seo = { title: 'SEO' };
    const { documentId } = await articles.create({ data: { title: 'Owner', seo }, status: 'published' });
    const path = `/find-one/articles/${documentId}?populate=seo`;
    const found = '/get-count/articles?filters[seo][title]=New';
    await expectFollowed(app, [ARTICLES, path, found], () =>
      articles.update({ documentId, data: { seo: { title: 'New' } }, status: 'published' }),
    );
    const shown = await articles.findOne({ documentId, status: 'published', populate: ['seo'] });
    await expectFollowed(app, [ARTICLES, path, found], () =>
      app.strapi.db.query('shared.seo').update({ where: { id: shown.seo.id }, data: { title: 'Newer' } }),
    );
    await expectFollowed(app, [ARTICLES, path], () =>
      app.strapi.db.query('shared.seo').delete({ where: { id: shown.seo.id } }),
    );
  });

  test('a dynamic zone changes with its owner and by its components', async () => {
    const quote = (text) => ({ __component: 'shared.quote', text });
    const rich = (body) => ({ __component: 'shared.rich', body });
    const { documentId } = await articles.create({
      data: { title: 'Zone', blocks: [quote('one'), rich('two')] },
      status: 'published',
    });
    const whole = `/find-one/articles/${documentId}?populate=blocks`;
    const quotes = `/find-one/articles/${documentId}?populate[blocks][on][shared.quote]=true`;
    const update = (blocks) => articles.update({ documentId, data: { blocks }, status: 'published' });
    await expectFollowed(app, [ARTICLES, whole, quotes], () => update([rich('two'), quote('three')]));
    await expectFollowed(app, [ARTICLES, whole, quotes], () => update([rich('two')]));
    await expectFollowed(app, [ARTICLES, whole, quotes], () => update([quote('four')]));
    const shown = await articles.findOne({ documentId, status: 'published', populate: ['blocks'] });
    await expectFollowed(app, [ARTICLES, whole, quotes], () =>
      app.strapi.db
        .query('shared.quote')
        .update({ where: { id: shown.blocks[0].id }, data: { text: 'five' } }),
    );
  });

  test('a single type is created, updated and deleted', async () => {
    const home = app.strapi.documents('api::homepage.homepage');
    const read = async () => {
      const { headers, json } = await app.request('/pfapi/find-many/home');
      return { outcome: headers['x-pfapi-cache'].split(';')[0], titles: json.map(({ title }) => title) };
    };
    const expectTitles = async (titles) => {
      expect(await read()).toEqual({ outcome: 'miss', titles });
      expect(await read()).toEqual({ outcome: 'hit', titles });
    };
    await expectTitles([]);
    const { documentId } = await home.create({ data: { title: 'Home' } });
    await expectTitles(['Home']);
    await home.update({ documentId, data: { title: 'House' } });
    await expectTitles(['House']);
    await home.delete({ documentId });
    await expectTitles([]);
  });
});
