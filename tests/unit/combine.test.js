'use strict';

const { errors } = require('@strapi/utils');
const { combine } = require('../../strapi/server/handles/combine');

/** The error that a query is refused with. */
function refusal(own, asked) {
  try {
    combine(own, asked);
  } catch (error) {
    expect(error).toBeInstanceOf(errors.ValidationError);
    return error;
  }
  throw new Error('the query was not refused');
}

test('a handle that says nothing changes nothing', () => {
  const asked = { fields: ['name'], filters: { a: 1 }, populate: 'author', sort: 'name', locale: 'en' };
  expect(combine({}, asked)).toEqual(asked);
  expect(combine({}, {})).toEqual({});
});

test('a caller who says nothing gets what the handle says', () => {
  const own = { fields: 'name', filters: { a: 1 }, populate: ['author'], sort: 'name:desc' };
  expect(combine(own, {})).toEqual({ ...own, populate: { author: true } });
});

describe('filters', () => {
  test('are added to each other', () => {
    expect(combine({ filters: { a: 1 } }, { filters: { b: 2 } })).toEqual({
      filters: { $and: [{ a: 1 }, { b: 2 }] },
    });
  });

  test('of the same attribute do not replace the handle’s', () => {
    expect(combine({ filters: { a: 1 } }, { filters: { a: 2 } }).filters).toEqual({
      $and: [{ a: 1 }, { a: 2 }],
    });
    const or = { $or: [{ a: 2 }, { a: 3 }] };
    expect(combine({ filters: { a: 1 } }, { filters: or }).filters).toEqual({ $and: [{ a: 1 }, or] });
  });

  test('that are empty are left out', () => {
    expect(combine({ filters: {} }, { filters: { b: 2 } })).toEqual({ filters: { b: 2 } });
    expect(combine({ filters: { a: 1 } }, { filters: {} })).toEqual({ filters: { a: 1 } });
  });
});

describe('fields', () => {
  const own = { fields: ['name', 'slug'] };
  test.each([
    ['name', ['name']],
    ['slug,name', ['slug', 'name']],
    [
      ['id', 'documentId', 'name'],
      ['id', 'documentId', 'name'],
    ],
    ['*', ['name', 'slug']],
    [
      ['name', '*'],
      ['name', 'slug'],
    ],
    [[], ['name', 'slug']],
  ])('asked as %j are %j', (fields, combined) => {
    expect(combine(own, { fields }).fields).toEqual(combined);
  });

  test('beyond the handle’s are refused with what is allowed', () => {
    const error = refusal(own, { fields: 'name,population' });
    expect(error.message).toBe('Invalid fields "population": this handle allows name, slug, id, documentId');
    expect(error.details).toEqual({
      path: 'fields',
      value: 'population',
      allowed: ['name', 'slug', 'id', 'documentId'],
    });
  });

  test('are not limited by "*"', () => {
    expect(combine({ fields: '*' }, { fields: ['x'] }).fields).toEqual(['x']);
    expect(combine({ fields: '*' }, {}).fields).toBeUndefined();
  });
});

describe('a sort', () => {
  const own = { sort: ['population:desc', 'author.name'] };
  test('may have another direction and order', () => {
    for (const sort of ['population:asc', ['author.name:desc', 'population'], { author: { name: 'asc' } }]) {
      expect(combine(own, { sort }).sort).toEqual(sort);
    }
  });

  test('by something else is refused', () => {
    expect(refusal(own, { sort: 'name' }).message).toBe(
      'Invalid sort "name": this handle allows population, author.name',
    );
    expect(refusal(own, { sort: { author: { age: 'asc' } } }).details.value).toBe('author.age');
  });

  test('that is empty is the handle’s', () => {
    expect(combine(own, { sort: [] }).sort).toEqual(own.sort);
  });
});

describe('populate', () => {
  const own = {
    populate: {
      author: { fields: ['name'], filters: { active: true }, populate: { country: true } },
      tags: true,
    },
  };
  const populated = (populate) => combine(own, { populate }).populate;

  test('asked for by name is as the handle has it', () => {
    expect(populated('author')).toEqual({ author: own.populate.author });
    expect(populated(['tags'])).toEqual({ tags: true });
  });

  test('of everything is what the handle has', () => {
    for (const all of ['*', true, '']) expect(populated(all)).toEqual(own.populate);
  });

  test('of nothing is nothing', () => {
    for (const none of [{}, [], { author: false }]) expect(populated(none)).toEqual({});
  });

  test('with options is combined on the inner level', () => {
    expect(populated({ author: { filters: { name: 'x' } } })).toEqual({
      author: {
        fields: ['name'],
        filters: { $and: [{ active: true }, { name: 'x' }] },
        populate: { country: true },
      },
    });
  });

  test('of what the handle does not have is refused, on each level', () => {
    expect(refusal(own, { populate: 'cover' }).message).toBe(
      'Invalid populate "cover": this handle allows author, tags',
    );
    expect(refusal(own, { populate: 'author.articles' }).message).toBe(
      'Invalid populate.author.populate "articles": this handle allows country',
    );
    expect(refusal(own, { populate: { author: { fields: ['email'] } } }).details.path).toBe(
      'populate.author.fields',
    );
  });

  test('that the caller switches off stays off', () => {
    expect(populated({ author: false, tags: true })).toEqual({ tags: true });
  });

  test('of nothing, said by the handle, is nothing for everybody', () => {
    expect(combine({ populate: false }, {}).populate).toEqual({});
    expect(combine({ populate: false }, { populate: '*' }).populate).toEqual({});
    expect(refusal({ populate: [] }, { populate: 'author' }).details.allowed).toEqual([]);
  });

  test('through fragments of a dynamic zone is the handle’s alone', () => {
    const zone = { populate: { blocks: { on: { 'shared.seo': true } } } };
    expect(combine(zone, { populate: 'blocks' }).populate).toEqual(zone.populate);
    expect(refusal(zone, { populate: { blocks: { populate: '*' } } }).message).toMatch(
      /^Invalid populate\.blocks: this handle decides/,
    );
  });
});

test('neither of the two queries is changed', () => {
  const own = { fields: ['a'], filters: { a: 1 }, populate: { b: { filters: { c: 1 } } }, sort: 'a' };
  const asked = { fields: 'a', filters: { b: 1 }, populate: { b: { filters: { d: 1 } } }, sort: 'a:desc' };
  const before = JSON.stringify([own, asked]);
  combine(own, asked);
  expect(JSON.stringify([own, asked])).toBe(before);
});
