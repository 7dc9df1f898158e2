'use strict';

const { FetchScope } = require('../../strapi/server/reads/scope');
const { observeResult } = require('../../strapi/server/reads/result');

const contentType = (attributes) => ({ modelType: 'contentType', attributes });
const component = (attributes) => ({ modelType: 'component', attributes });
const relation = (target) => ({ type: 'relation', target });

const schemas = {
  article: contentType({
    title: { type: 'string' },
    data: { type: 'json' },
    author: relation('author'),
    tags: relation('tag'),
    related: { type: 'relation', relation: 'morphToMany' },
    cover: { type: 'media' },
    gallery: { type: 'media', multiple: true },
    seo: { type: 'component', component: 'seo' },
    blocks: { type: 'dynamiczone', components: ['quote'] },
  }),
  author: contentType({ name: { type: 'string' }, country: relation('country') }),
  country: contentType({}),
  tag: contentType({}),
  'plugin::upload.file': contentType({}),
  seo: component({ image: { type: 'media' } }),
  quote: component({ author: relation('author') }),
};

/** What a result records, as sorted lines. */
function shown(result, uid = 'article') {
  const scope = new FetchScope();
  observeResult(scope, (name) => schemas[name], uid, result);
  const line = ({ kind, uid: of, id }) => [kind, of, id].filter(Boolean).join(' ');
  return scope.toJSON().reads.map(line).sort();
}
const article = (own) => ({ id: 1, documentId: 'a', ...own });

test('a row and each row of a list', () => {
  expect(shown(article())).toEqual(['document article a']);
  expect(shown([article(), { id: 2, documentId: 'b' }])).toEqual([
    'document article a',
    'document article b',
  ]);
});

test('nothing, and what is not rows', () => {
  for (const result of [null, undefined, [], 5]) expect(shown(result)).toEqual([]);
});

test('the draft and the published row of a document are one', () => {
  expect(shown([article(), { id: 2, documentId: 'a' }])).toEqual(['document article a']);
});

test('relations of relations', () => {
  const author = { id: 5, documentId: 'ann', country: { id: 7, documentId: 'jp' } };
  const tags = [
    { id: 1, documentId: 'x' },
    { id: 2, documentId: 'y' },
  ];
  expect(shown(article({ author, tags }))).toEqual([
    'document article a',
    'document author ann',
    'document country jp',
    'document tag x',
    'document tag y',
  ]);
});

test('media, one and several', () => {
  const own = { cover: { id: 1, documentId: 'c' }, gallery: [{ id: 2, documentId: 'g' }] };
  expect(shown(article(own))).toEqual([
    'document article a',
    'document plugin::upload.file c',
    'document plugin::upload.file g',
  ]);
});

test('a component by its row id, and what it holds', () => {
  const seo = { id: 3, image: { id: 1, documentId: 'i' } };
  expect(shown(article({ seo }))).toEqual([
    'document article a',
    'document plugin::upload.file i',
    'document seo 3',
  ]);
});

test('the rows of a dynamic zone by the component they name', () => {
  const blocks = [{ __component: 'quote', id: 9, author: { id: 5, documentId: 'ann' } }];
  expect(shown(article({ blocks }))).toEqual([
    'document article a',
    'document author ann',
    'document quote 9',
  ]);
});

test('the rows of a polymorphic relation by the type they name', () => {
  const related = [{ __type: 'tag', id: 1, documentId: 't' }];
  expect(shown(article({ related }))).toEqual(['document article a', 'document tag t']);
});

test('polymorphic rows that name nothing may be anything', () => {
  expect(shown(article({ related: [{ id: 1 }] }))).toEqual(['document article a', 'edge *']);
  expect(shown(article({ blocks: [null] }))).toEqual(['document article a', 'edge *']);
});

test('a row without its identity counts as any of its type', () => {
  expect(shown({ id: 1, title: 'x' })).toEqual(['any article']);
  expect(shown({ title: 'x' }, 'seo')).toEqual(['any seo']);
});

test('a number in the place of populated rows counts as any of them', () => {
  expect(shown(article({ tags: { count: 5 } }))).toEqual(['any tag', 'document article a']);
});

test('a setting is its key', () => {
  expect(shown({ id: 1, key: 'plugin_x', value: '{}' }, 'strapi::core-store')).toEqual([
    'document strapi::core-store plugin_x',
  ]);
});

test('a row of an inner table is its id, and goes no deeper', () => {
  expect(shown({ id: 4, author: { id: 1 } }, 'strapi::inner')).toEqual(['document strapi::inner 4']);
});

test('empty relations, plain values and JSON hold no rows', () => {
  const own = { author: null, tags: [], title: 'x', data: { documentId: 'no' }, unknown: { id: 1 } };
  expect(shown(article(own))).toEqual(['document article a']);
});
