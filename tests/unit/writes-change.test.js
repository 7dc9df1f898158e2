'use strict';

const { changeOf } = require('../../strapi/server/writes/change');

const relation = (target) => ({ type: 'relation', target });
const schemas = {
  article: {
    modelType: 'contentType',
    options: { draftAndPublish: true },
    attributes: {
      documentId: { type: 'string' },
      locale: { type: 'string' },
      publishedAt: { type: 'datetime' },
      updatedAt: { type: 'datetime' },
      title: { type: 'string' },
      views: { type: 'integer' },
      author: relation('author'),
      tags: relation('tag'),
      related: { type: 'relation', relation: 'morphToMany' },
      cover: { type: 'media' },
      seo: { type: 'component', component: 'seo' },
      blocks: { type: 'dynamiczone', components: ['quote'] },
    },
  },
  place: {
    modelType: 'contentType',
    attributes: { publishedAt: { type: 'datetime' }, views: { type: 'integer' } },
  },
  seo: { modelType: 'component', attributes: { title: { type: 'string' } } },
};
const strapi = { getModel: (uid) => schemas[uid] };

const change = (method, args, result, { uid = 'article', reported = true } = {}) =>
  changeOf(strapi, { method, uid, args, result, reported });
const row = { id: 1, documentId: 'a' };
const update = (data, result = row, more) => change('update', [{ where: { id: 1 }, data }], result, more);

describe('an update', () => {
  test('of plain columns names them', () => {
    expect(update({ title: 'x', views: 5, updatedAt: new Date() })).toEqual({
      uid: 'article',
      rows: [{ id: 'a', fields: ['title', 'views', 'updatedAt'] }],
      edges: [],
    });
  });

  test.each(['id', 'documentId'])('of %s counts as the whole type: the row had another name', (name) => {
    expect(update({ title: 'x', [name]: 'y' }).rows).toBeNull();
  });

  test('of publishedAt says nothing where a type has no draft and publish: Strapi sets it each time', () => {
    const written = change(
      'update',
      [{ where: { id: 1 }, data: { views: 5, publishedAt: new Date() } }],
      row,
      {
        uid: 'place',
      },
    );
    expect(written.rows).toEqual([{ id: 'a', fields: ['views', 'publishedAt'] }]);
  });

  test.each(['locale', 'publishedAt'])('of %s says where the row shows', (name) => {
    expect(update({ title: 'x', [name]: 'y' }).rows).toEqual([{ id: 'a', fields: null }]);
  });

  test('of a column under its database name counts whole', () => {
    expect(update({ published_at: null }).rows).toEqual([{ id: 'a', fields: null }]);
    expect(update({ some_column: 1 }).rows).toEqual([{ id: 'a', fields: null }]);
  });

  test('of relations, media and components counts whole, and the other side with it', () => {
    expect(update({ title: 'x', author: 5, tags: { connect: [1] }, cover: 2, seo: { id: 1 } })).toEqual({
      uid: 'article',
      rows: [{ id: 'a', fields: null }],
      edges: ['author', 'tag', 'plugin::upload.file', 'seo'],
    });
  });

  test('that removes a relation touches the other side too', () => {
    expect(update({ author: null, tags: [] }).edges).toEqual(['author', 'tag']);
  });

  test('that finds nothing afterwards may have changed any row: it is read again through filters and hooks', () => {
    expect(update({ title: 'x' }, null)).toEqual({ uid: 'article', rows: null, edges: [] });
  });

  test('of a component goes by its row id', () => {
    const { rows } = update({ title: 'x' }, { id: 7 }, { uid: 'seo' });
    expect(rows).toEqual([{ id: '7', fields: ['title'] }]);
  });

  test('of an inner table goes by its row id and counts whole', () => {
    expect(update({ title: 'x' }, { id: 7 }, { uid: 'strapi::inner' })).toEqual({
      uid: 'strapi::inner',
      rows: [{ id: '7', fields: null }],
      edges: [],
    });
  });

  test('of a setting goes by its key', () => {
    const { rows } = update({ value: '1' }, { id: 7, key: 'plugin_x' }, { uid: 'strapi::core-store' });
    expect(rows).toEqual([{ id: 'plugin_x', fields: null }]);
  });

  test('whose result does not tell which row counts as the whole type', () => {
    expect(update({ title: 'x' }, { id: 1 }).rows).toBeNull();
    expect(change('update', [{ data: { title: 'x' } }], undefined).rows).toBeNull();
  });
});

describe('polymorphic values', () => {
  test.each([
    ['a zone', { blocks: [{ __component: 'quote' }, { __component: 'rich' }] }, ['quote', 'rich']],
    ['rows in a list', { related: [{ __type: 'tag', id: 1 }] }, ['tag']],
    ['one row', { related: { __type: 'tag', id: 1 } }, ['tag']],
    ['set', { related: { set: [{ __type: 'tag' }] } }, ['tag']],
    [
      'connect and disconnect',
      { related: { connect: [{ __type: 'tag' }], disconnect: [{ __type: 'author' }] } },
      ['tag', 'author'],
    ],
    ['a type twice', { related: [{ __type: 'tag' }, { __type: 'tag' }] }, ['tag']],
    ['nothing', { related: null, blocks: [] }, []],
    ['what names no type', { related: [5, null, { id: 1 }] }, []],
  ])('%s', (_, data, edges) => {
    const seen = update(data);
    expect(seen.edges).toEqual(edges);
    expect(seen.rows).toEqual([{ id: 'a', fields: null }]);
  });
});

describe('a creation and a deletion', () => {
  test('of a row count whole', () => {
    const rows = [{ id: 'a', fields: null }];
    expect(change('create', [{ data: { title: 'x' } }], row)).toEqual({ uid: 'article', rows, edges: [] });
    expect(change('delete', [{ where: { id: 1 } }], row)).toEqual({ uid: 'article', rows, edges: [] });
  });

  test('with relations touches the other side', () => {
    expect(change('create', [{ data: { author: 1 } }], row).edges).toEqual(['author']);
  });

  test('of nothing is none', () => {
    expect(change('delete', [{ where: { id: 1 } }], null).rows).toEqual([]);
  });
});

describe('many at once', () => {
  test('created with their document ids are known', () => {
    const data = [
      { documentId: 'a', author: 1 },
      { documentId: 'b', tags: [1] },
    ];
    expect(change('createMany', [{ data }], { count: 2 })).toEqual({
      uid: 'article',
      rows: [
        { id: 'a', fields: null },
        { id: 'b', fields: null },
      ],
      edges: ['author', 'tag'],
    });
  });

  test('created without document ids are the whole type', () => {
    const data = [{ documentId: 'a' }, { title: 'x' }];
    expect(change('createMany', [{ data }], { count: 2 }).rows).toBeNull();
    expect(change('createMany', [{ data: [{ title: 'x' }] }], { count: 1 }, { uid: 'seo' }).rows).toBeNull();
  });

  test.each(['updateMany', 'deleteMany'])('%s is the whole type', (method) => {
    expect(change(method, [{ where: {}, data: { title: 'x' } }], { count: 2 }).rows).toBeNull();
  });
});

describe('what nobody reported', () => {
  test.each(['create', 'update', 'delete', 'createMany', 'updateMany', 'deleteMany'])(
    '%s counts as the whole type, with the other side of its relations',
    (method) => {
      const data = method === 'createMany' ? [{ documentId: 'a', author: 1 }] : { author: 1 };
      expect(change(method, [{ data }], undefined, { reported: false })).toEqual({
        uid: 'article',
        rows: null,
        edges: ['author'],
      });
    },
  );

  test('a write without arguments does not stop it', () => {
    expect(change('update', [], undefined, { reported: false })).toEqual({
      uid: 'article',
      rows: null,
      edges: [],
    });
  });
});

describe('relations written by themselves', () => {
  test.each(['attachRelations', 'updateRelations'])('%s: the whole type and the other side', (method) => {
    expect(change(method, [1, { author: 5 }], undefined)).toEqual({
      uid: 'article',
      rows: null,
      edges: ['author'],
    });
  });

  test('deleteRelations: the whole type', () => {
    expect(change('deleteRelations', [1], undefined)).toEqual({ uid: 'article', rows: null, edges: [] });
  });
});
