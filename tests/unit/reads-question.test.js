'use strict';

const { FetchScope } = require('../../strapi/server/reads/scope');
const { observeQuestion } = require('../../strapi/server/reads/question');

const contentType = (attributes) => ({ modelType: 'contentType', attributes });
const component = (attributes) => ({ modelType: 'component', attributes });
const relation = (target) => ({ type: 'relation', target });

const schemas = {
  article: contentType({
    title: { type: 'string' },
    author: relation('author'),
    tags: relation('tag'),
    related: { type: 'relation', relation: 'morphToMany' },
    cover: { type: 'media' },
    seo: { type: 'component', component: 'seo' },
    blocks: { type: 'dynamiczone', components: ['quote', 'rich'] },
  }),
  author: contentType({ name: { type: 'string' }, country: relation('country'), image: { type: 'media' } }),
  country: contentType({ code: { type: 'string' } }),
  tag: contentType({ name: { type: 'string' } }),
  'plugin::upload.file': contentType({ url: { type: 'string' }, folder: relation('folder') }),
  seo: component({ title: { type: 'string' }, image: { type: 'media' } }),
  quote: component({ text: { type: 'string' }, author: relation('author') }),
  rich: component({ body: { type: 'text' } }),
};

/** What a read records for its question, as sorted lines. */
function asked(method, uid, params, result = null) {
  const scope = new FetchScope();
  observeQuestion(scope, (name) => schemas[name], method, uid, params, result);
  const line = ({ kind, uid: of, id }) => [kind, of, id].filter(Boolean).join(' ');
  return scope.toJSON().reads.map(line).sort();
}
const many = (params, uid = 'article') => asked('findMany', uid, params);
const file = 'plugin::upload.file';

describe('which rows could have been there', () => {
  test('a list depends on the type, whatever it found', () => {
    expect(many({})).toEqual(['list article']);
    expect(asked('findMany', 'article', {}, [{ documentId: 'a' }])).toEqual(['list article']);
    expect(asked('count', 'article', {}, 5)).toEqual(['list article']);
  });

  test('a row that was found by its identity depends on nothing but itself', () => {
    const found = { id: 1, documentId: 'a' };
    for (const where of [
      { documentId: 'a' },
      { id: 1 },
      { documentId: { $eq: 'a' } },
      { $and: [{ locale: 'en' }, { documentId: 'a' }] },
      { $and: [{ $and: [{ id: { $eq: 1 } }] }] },
      { documentId: 'a', title: 'x' },
    ]) {
      expect([where, asked('findOne', 'article', { where }, found)]).toEqual([where, []]);
    }
  });

  test('a row that was found otherwise depends on the type: another one might come before it', () => {
    const found = { id: 1, documentId: 'a' };
    for (const params of [
      {},
      { where: { title: 'x' } },
      { where: { documentId: { $in: ['a', 'b'] } } },
      { where: { documentId: { $ne: 'a' } } },
      { where: { $or: [{ documentId: 'a' }, { title: 'x' }] } },
      { where: { $not: { documentId: 'a' } } },
      { where: [{ documentId: 'a' }] },
      { where: { documentId: null } },
      { where: { documentId: 'a' }, filters: { title: 'x' } },
      { where: { documentId: 'a' }, _q: 'x' },
    ]) {
      expect([params, asked('findOne', 'article', params, found)]).toEqual([params, ['list article']]);
    }
  });

  test('a row that was not found depends on the type: it may be created', () => {
    expect(asked('findOne', 'article', { where: { documentId: 'a' } }, null)).toEqual(['list article']);
  });

  test('a list by identity is still a list', () => {
    expect(many({ where: { documentId: 'a' } })).toEqual(['list article']);
  });

  test('a component and an inner table are pinned by their id and not by a document’s', () => {
    expect(asked('findOne', 'seo', { where: { id: 1 } }, { id: 1 })).toEqual([]);
    expect(asked('findOne', 'seo', { where: { documentId: 'a' } }, { id: 1 })).toEqual(['list seo']);
    expect(asked('findOne', 'strapi::webhook', { where: { id: 1 } }, { id: 1 })).toEqual([]);
  });
});

describe('the core store', () => {
  const store = 'strapi::core-store';

  test('a setting is known by its key, whether it is there or not', () => {
    const where = { key: 'plugin_x' };
    expect(asked('findOne', store, { where }, null)).toEqual([`document ${store} plugin_x`]);
    expect(asked('findOne', store, { where }, { id: 1, key: 'plugin_x' })).toEqual([]);
  });

  test('a list of settings is a list', () => {
    expect(many({ where: { type: 'object' } }, store)).toEqual([`list ${store}`]);
  });
});

describe('filters and orders through relations', () => {
  const list = (...others) => [...others, 'list article'].sort();
  test.each([
    ['where', { where: { author: { name: 'Ann' } } }, ['any author']],
    ['where with a row id', { where: { author: 5 } }, ['any author']],
    ['where with null', { where: { author: null } }, ['any author']],
    ['two levels', { where: { author: { country: { code: 'JP' } } } }, ['any author', 'any country']],
    ['a dotted key', { where: { 'author.country.code': 'JP' } }, ['any author', 'any country']],
    [
      'operators',
      { where: { $or: [{ $not: { author: 1 } }, { tags: { $in: [1] } }] } },
      ['any author', 'any tag'],
    ],
    ['operators inside', { where: { author: { $and: [{ country: 1 }] } } }, ['any author', 'any country']],
    ['filters', { filters: { author: { name: 'Ann' } } }, ['any author']],
    ['an order as text', { orderBy: 'author.name:desc, title' }, ['any author']],
    [
      'an order as object',
      { orderBy: { author: { country: { code: 'asc' } } } },
      ['any author', 'any country'],
    ],
    [
      'an order as list',
      { orderBy: ['title', { author: { name: 'asc' } }, 'tags.name'] },
      ['any author', 'any tag'],
    ],
    ['media', { where: { cover: { url: 'x' } } }, [`any ${file}`]],
    ['a component', { where: { seo: { image: { url: 'x' } } } }, ['any seo', `any ${file}`]],
    ['a zone', { where: { blocks: { id: 5 } } }, ['any quote', 'any rich', 'edge *']],
    ['a polymorphic relation', { where: { related: { id: 5 } } }, ['edge *']],
    ['plain columns', { where: { title: 'x', createdAt: new Date(0) }, orderBy: { title: 'asc' } }, []],
  ])('%s', (_, params, reads) => {
    expect(many(params)).toEqual(list(...reads));
  });

  test('a pinned row still depends on the relations it was filtered through', () => {
    const params = { where: { documentId: 'a', author: { name: 'Ann' } } };
    expect(asked('findOne', 'article', params, { documentId: 'a' })).toEqual(['any author']);
  });
});

describe('a filter that is a function, as Strapi’s publication filter', () => {
  const filters = () => ({ $and: [{ documentId: { $in: [] } }] });
  test('reads sibling rows of the type', () => {
    expect(many({ filters })).toEqual(['any article', 'list article']);
    expect(asked('findOne', 'article', { where: { documentId: 'a' }, filters }, { documentId: 'a' })).toEqual(
      ['any article', 'list article'],
    );
  });

  test('on every level of populate', () => {
    const populate = {
      author: { populate: { country: true } },
      blocks: { on: { quote: { populate: ['author'] } } },
    };
    expect(many({ filters, populate })).toEqual(
      ['article', 'author', 'country', 'quote']
        .map((uid) => `any ${uid}`)
        .concat(['*', 'author', 'country', 'quote', 'rich'].map((uid) => `edge ${uid}`))
        .concat('list article')
        .sort(),
    );
  });

  test('on one level counts from there on', () => {
    const populate = { author: { filters, populate: { country: true } } };
    expect(many({ populate })).toEqual(['any author', 'any country', 'edge country', 'list article']);
  });
});

describe('a filter that is a function and asks for draft or published only', () => {
  const filters = ({ meta }) => (meta.uid === 'country' ? {} : { publishedAt: { $null: false } });

  test('adds nothing: a row that changes its status comes or goes', () => {
    expect(many({ filters })).toEqual(['list article']);
    const pinned = { where: { documentId: 'a' }, filters };
    expect(asked('findOne', 'article', pinned, { documentId: 'a' })).toEqual([]);
    const populate = { author: { populate: { country: true } } };
    expect(many({ filters, populate })).toEqual(['edge author', 'edge country', 'list article']);
  });

  test('and that fails is taken for the other kind', () => {
    const failing = () => {
      throw new Error('asked of a type it does not know');
    };
    expect(many({ filters: failing })).toEqual(['any article', 'list article']);
  });
});

describe('populate', () => {
  const edges = (...uids) => [...uids.map((uid) => `edge ${uid}`), 'list article'].sort();
  test.each([
    ['by name', { populate: 'author' }, ['author']],
    ['a list', { populate: ['author', 'tags'] }, ['author', 'tag']],
    ['a path', { populate: ['author.country'] }, ['author', 'country']],
    ['an object', { populate: { author: true, tags: {}, cover: false } }, ['author', 'tag']],
    [
      'nested',
      { populate: { author: { populate: { country: true, image: true } } } },
      ['author', 'country', file],
    ],
    ['nested as a path', { populate: { author: { populate: ['country'] } } }, ['author', 'country']],
    ['media', { populate: { cover: { populate: { folder: true } } } }, [file, 'folder']],
    ['a component', { populate: { seo: { populate: { image: true } } } }, ['seo', file]],
    ['a number instead of rows', { populate: { tags: { count: true } } }, ['tag']],
    ['a zone', { populate: { blocks: true } }, ['*', 'quote', 'rich']],
    [
      'inside every component of a zone',
      { populate: { blocks: { populate: '*' } } },
      ['*', 'quote', 'rich', 'author'],
    ],
    [
      'inside one component of a zone',
      { populate: { blocks: { on: { quote: { populate: { author: true } } } } } },
      ['*', 'quote', 'rich', 'author'],
    ],
    ['a polymorphic relation', { populate: { related: true } }, ['*']],
    [
      'a polymorphic relation by type',
      { populate: { related: { on: { author: { populate: { country: true } } } } } },
      ['*', 'author', 'country'],
    ],
    ['what is not there', { populate: ['title', 'nothing'] }, []],
  ])('%s', (_, params, uids) => {
    expect(many(params)).toEqual(edges(...uids));
  });

  test.each([true, '*'])('%j is every relation', (populate) => {
    const reads = many({ populate });
    expect(reads).toEqual(edges('author', 'tag', '*', file, 'seo', 'quote', 'rich'));
  });

  test('with filters and an order looks through them', () => {
    const author = { where: { country: { code: 'JP' } }, orderBy: 'country.code' };
    // The columns of the author's rows decide which of them are there, so anything about them counts.
    expect(many({ populate: { author } })).toEqual(['any author', 'any country', 'list article']);
    const filtered = { author: { filters: { country: { code: 'JP' } } } };
    expect(many({ populate: filtered })).toEqual(['any author', 'any country', 'list article']);
  });
});

test('an inner table without a schema is read as a list and no further', () => {
  expect(many({ where: { a: { b: 1 } }, populate: '*' }, 'strapi::inner')).toEqual(['list strapi::inner']);
});
