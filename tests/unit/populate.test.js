'use strict';

const { expandPopulate, populateTree } = require('../../strapi/server/handles/populate');

describe('a populate in one form', () => {
  test.each([
    [undefined, undefined],
    [null, undefined],
    ['', undefined],
    ['author', { author: true }],
    ['author,tags', { author: true, tags: true }],
    [['author', 'tags'], { author: true, tags: true }],
    ['author.country', { author: { populate: { country: true } } }],
    [['author', 'author.country', 'author.image'], { author: { populate: { country: true, image: true } } }],
    [['author.country', 'author'], { author: { populate: { country: true } } }],
    ['*', { '*': true }],
    [true, { '*': true }],
    [false, {}],
    [
      { author: true, tags: 'true', image: false, seo: 'false' },
      { author: true, tags: true },
    ],
    [{ author: '*' }, { author: '*' }],
    [{ author: { fields: ['name'] } }, { author: { fields: ['name'] } }],
    [{}, {}],
  ])('%j', (given, tree) => {
    expect(populateTree(given)).toEqual(tree);
  });
});

describe('a populate with every "*" written out', () => {
  const schemas = {
    article: {
      attributes: {
        title: { type: 'string' },
        author: { type: 'relation', target: 'author' },
        cover: { type: 'media' },
        seo: { type: 'component', component: 'seo' },
        blocks: { type: 'dynamiczone', components: ['seo'] },
      },
    },
    author: { attributes: { name: { type: 'string' }, articles: { type: 'relation', target: 'article' } } },
    seo: { attributes: { title: { type: 'string' }, image: { type: 'media' } } },
  };
  const expand = (populate) => expandPopulate((uid) => schemas[uid], 'article', populate);

  test('names every relation, medium, component and zone of the type', () => {
    expect(expand('*')).toEqual({ author: true, cover: true, seo: true, blocks: true });
  });

  test('keeps the options of what is named beside it', () => {
    const fields = { fields: ['name'] };
    expect(expand({ '*': true, author: fields })).toEqual({
      author: fields,
      cover: true,
      seo: true,
      blocks: true,
    });
  });

  test('on inner levels too', () => {
    expect(expand({ author: { populate: '*' }, seo: { populate: true } })).toEqual({
      author: { populate: { articles: true } },
      seo: { populate: { image: true } },
    });
  });

  test('leaves what is behind a dynamic zone alone', () => {
    const zone = { on: { seo: { populate: '*' } } };
    expect(expand({ blocks: zone })).toEqual({ blocks: zone });
  });

  test('nothing stays nothing', () => {
    expect(expand(undefined)).toBeUndefined();
    expect(expand([])).toEqual({});
  });

  test('an unknown type is left alone', () => {
    expect(expandPopulate(() => undefined, 'x', '*')).toEqual({ '*': true });
  });
});
