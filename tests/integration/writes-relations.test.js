'use strict';

const { bootStrapi } = require('../support/strapi');
const { READS, expectFollowed } = require('../support/followed');

describe.each(['sqlite', 'postgres'])('answers follow relations on %s', (client) => {
  let app;
  let articles;
  let authors;
  let tags;
  let categories;

  beforeAll(async () => {
    app = await bootStrapi({ client, plugin: true });
    await app.grantPublic(READS);
    const documents = (name) => app.strapi.documents(`api::${name}.${name}`);
    [articles, authors, tags, categories] = ['article', 'author', 'tag', 'category'].map(documents);
  });

  afterAll(() => app?.close());

  const published = { status: 'published' };
  const article = (data = {}) => articles.create({ data: { title: 'Article', ...data }, ...published });
  const author = (name, data = {}) => authors.create({ data: { name, ...data }, ...published });
  const updateShown = (documentId, data) =>
    app.strapi.db
      .query('api::article.article')
      .update({ where: { documentId, publishedAt: { $notNull: true } }, data });
  const move = ({ documentId }, articleId) =>
    authors.update({ documentId, data: { articles: { connect: [articleId] } }, status: 'published' });
  const one = (name, { documentId }, query) => `/find-one/${name}/${documentId}?${query}`;

  test('an author is connected, replaced and taken away from the side of the article', async () => {
    const [ann, bob] = [await author('Ann'), await author('Bob')];
    const { documentId } = await article();
    const shown = one('articles', { documentId }, 'populate=author');
    const byAnn = '/get-count/articles?filters[author][name]=Ann';
    const [ofAnn, ofBob] = [ann, bob].map((a) => one('authors', a, 'populate=articles'));
    const update = (relation) =>
      articles.update({ documentId, data: { author: relation }, status: 'published' });
    await expectFollowed(app, [shown, byAnn, ofAnn], () => update({ connect: [ann.documentId] }));
    await expectFollowed(app, [shown, byAnn, ofAnn, ofBob], () => update({ set: [bob.documentId] }));
    await expectFollowed(app, [shown, ofBob], () => update({ disconnect: [bob.documentId] }));
    await expectFollowed(app, [shown, byAnn, ofAnn], () => update(ann.documentId));
    await expectFollowed(app, [shown, byAnn, ofAnn], () => update(null));
  });

  test('articles are connected and taken away from the side of the author', async () => {
    const first = await article();
    const second = await article();
    const { documentId } = await author('Carl');
    const shown = [first, second].map((a) => one('articles', a, 'populate=author'));
    const byCarl = '/get-count/articles?filters[author][name]=Carl';
    const own = one('authors', { documentId }, 'populate=articles');
    const counted = one('authors', { documentId }, 'populate[articles][count]=true');
    const update = (relation) =>
      authors.update({ documentId, data: { articles: relation }, status: 'published' });
    await expectFollowed(app, [shown[0], byCarl, own, counted], () =>
      update({ connect: [first.documentId] }),
    );
    await expectFollowed(app, [...shown, own], () => update({ set: [second.documentId] }));
    await expectFollowed(app, [shown[1], byCarl, own, counted], () =>
      update({ disconnect: [second.documentId] }),
    );
  });

  test('tags are connected from either side, renamed and deleted', async () => {
    const tag = await tags.create({ data: { name: 'news' } });
    const { documentId } = await article();
    const shown = one('articles', { documentId }, 'populate=tags');
    const found = '/get-count/articles?filters[tags][name]=news';
    const tagged = one('tags', tag, 'populate=articles');
    await expectFollowed(app, [shown, found, tagged], () =>
      tags.update({ documentId: tag.documentId, data: { articles: { connect: [documentId] } } }),
    );
    await expectFollowed(app, [shown, found, tagged], () =>
      articles.update({ documentId, data: { tags: { disconnect: [tag.documentId] } }, status: 'published' }),
    );
    await expectFollowed(app, [shown, found, tagged], () =>
      articles.update({ documentId, data: { tags: [tag.documentId] }, status: 'published' }),
    );
    await expectFollowed(app, [shown, found], () =>
      tags.update({ documentId: tag.documentId, data: { name: 'old' } }),
    );
    await expectFollowed(app, [shown], () => tags.delete({ documentId: tag.documentId }));
  });

  test('an article moves to another author from that side, and the first loses it', async () => {
    const { documentId } = await article();
    const first = await author('First', { articles: [documentId] });
    const second = await author('Second');
    const queries = [
      'populate=articles',
      'populate[articles][count]=true',
      'populate[articles][filters][title]=Article',
    ];
    const pages = queries.flatMap((query) => [one('authors', first, query), one('authors', second, query)]);
    const shown = one('articles', { documentId }, 'populate[author][populate]=articles');
    await expectFollowed(app, [...pages, shown], () => move(second, documentId));
  });

  test('what a category holds is published, unpublished and deleted', async () => {
    const { documentId } = await article();
    const category = await categories.create({ data: { name: 'News' } });
    const { documentId: id } = category;
    const pages = ['populate=articles', 'populate[articles][count]=true'].map((query) =>
      one('categories', category, query),
    );
    await expectFollowed(app, pages, () =>
      categories.update({ documentId: id, data: { articles: { connect: [documentId] } } }),
    );
    const found = '/get-count/categories?filters[articles][title]=Article';
    await expectFollowed(app, [pages[0]], () => articles.unpublish({ documentId }));
    await expectFollowed(app, [pages[0]], () => articles.publish({ documentId }));
    await expectFollowed(app, [...pages, found], () => articles.delete({ documentId }));
  });

  test('the first publication of an author makes it appear where it was null', async () => {
    const { documentId: authorId } = await authors.create({ data: { name: 'Draft' } });
    const quote = { __component: 'shared.quote', text: 'Said', author: authorId };
    const { documentId } = await article({ author: authorId, blocks: [quote] });
    const shown = one('articles', { documentId }, 'populate=author');
    const found = '/get-count/articles?filters[author][name]=Draft';
    const list = '/find-many/articles?sort=id:desc&populate=author';
    await expectFollowed(app, [shown, list, found], () => authors.publish({ documentId: authorId }));
    const zone = one('articles', { documentId }, 'populate[blocks][populate]=*');
    // With its next publication the article's own copy of the quote finds the published author.
    await expectFollowed(app, [shown, zone], () => articles.publish({ documentId }));
    await expectFollowed(app, [shown, list, found, zone], () => authors.unpublish({ documentId: authorId }));
  });

  test('an author is renamed, published again and deleted', async () => {
    const { documentId: authorId } = await author('Dora');
    const { documentId } = await article({ author: authorId });
    const shown = one('articles', { documentId }, 'populate=author');
    const sorted = '/find-many/articles?sort[0]=author.name:desc&sort[1]=id&fields=title';
    await expectFollowed(app, [shown], () =>
      authors.update({ documentId: authorId, data: { name: 'Zora' }, status: 'published' }),
    );
    await article({ author: (await author('Ylva')).documentId, title: 'Other' });
    await expectFollowed(app, [shown, sorted], () =>
      authors.update({ documentId: authorId, data: { name: 'Abel' }, status: 'published' }),
    );
    await expectFollowed(app, [shown], () => authors.publish({ documentId: authorId }));
    await expectFollowed(app, [shown], () => authors.delete({ documentId: authorId }));
  });

  test('a row comes into the filter of a populated relation', async () => {
    const { documentId } = await article({ title: 'Other' });
    const tag = await tags.create({ data: { name: 'filtered', articles: [documentId] } });
    const paths = ['articles]', 'articles][populate][tags][populate][articles]'].map((level) =>
      one('tags', tag, `populate[${level}[filters][title][$eq]=Wanted`),
    );
    await expectFollowed(app, paths.slice(0, 1), () => updateShown(documentId, { title: 'Wanted' }));
    await expectFollowed(app, paths, () => updateShown(documentId, { title: 'Other' }));
  });

  test('an article moves between authors that are read through a publication filter', async () => {
    const { documentId } = await article();
    const first = await author('First', { articles: [documentId] });
    const second = await author('Second');
    const query = 'populate=articles&publicationFilter=unmodified';
    const pages = [first, second].map((owner) => one('authors', owner, query));
    await expectFollowed(app, pages, () => move(second, documentId));
  });
});
