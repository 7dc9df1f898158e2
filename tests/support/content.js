'use strict';

// A small library of articles, with everything a query can look at: drafts, two languages, relations, components.

const CONTENT_READS = ['article', 'author', 'tag', 'category', 'place'].flatMap((name) => [
  `api::${name}.${name}.find`,
  `api::${name}.${name}.findOne`,
]);

/** The permissions that show all of the content, as the admin panel would grant them. */
exports.CONTENT_READS = CONTENT_READS;

/** @returns the documents by a short name */
exports.seedContent = async (strapi) => {
  const create = (name, data, params = {}) =>
    strapi.documents(`api::${name}.${name}`).create({ data, ...params });
  const published = { status: 'published' };

  await strapi.plugin('i18n').service('locales').create({ code: 'fr', name: 'French (fr)' });
  const ann = await create('author', { name: 'Ann', email: 'ann@example.com' }, published);
  const bob = await create('author', { name: 'Bob', email: 'bob@example.com' }, published);
  const news = await create('tag', { name: 'news' });
  const long = await create('tag', { name: 'long' });

  const article = (number, data) =>
    create(
      'article',
      { slug: number.toLowerCase(), body: `About ${number}`, title: number, ...data },
      published,
    );
  const first = await article('First', {
    views: 5,
    rating: 4.5,
    secret: 'hidden',
    author: ann.documentId,
    tags: [news.documentId, long.documentId],
    seo: { title: 'SEO', description: 'described' },
    blocks: [
      { __component: 'shared.quote', text: 'Quoted', author: ann.documentId },
      { __component: 'shared.rich', body: 'Rich' },
    ],
  });
  const second = await article('Second', {
    views: 50,
    rating: 3,
    author: bob.documentId,
    tags: [news.documentId],
  });
  const third = await article('Third', { views: 500, author: ann.documentId });
  const fourth = await article('Fourth', { views: 5000 });
  const draft = await create('article', { title: 'Unfinished', slug: 'unfinished', views: 1 });
  await strapi.documents('api::article.article').update({
    documentId: first.documentId,
    locale: 'fr',
    data: { title: 'Premier' },
    ...published,
  });
  const category = await create('category', {
    name: 'All',
    rank: 1,
    articles: [first.documentId, second.documentId],
  });
  return { ann, bob, news, long, first, second, third, fourth, draft, category };
};

/** `hit`, `miss` or `bypass`, as X-Pfapi-Cache says. */
exports.outcomeOf = ({ headers }) => (headers['x-pfapi-cache'] ?? 'none').split(';')[0];
