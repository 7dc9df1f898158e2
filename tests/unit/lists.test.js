'use strict';

const { listOf, sortTerms } = require('../../strapi/server/handles/lists');

describe('a list', () => {
  test.each([
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    [' a , b ,', ['a', 'b']],
    ['', []],
    [
      ['a', 'b,c'],
      ['a', 'b', 'c'],
    ],
    [undefined, []],
    [null, []],
    [5, []],
    [{ a: true }, []],
  ])('%j is %j', (given, list) => {
    expect(listOf(given)).toEqual(list);
  });
});

describe('a sort', () => {
  const term = (path, direction = 'asc') => ({ path: path.split('.'), direction });
  test.each([
    ['name', [term('name')]],
    ['name:desc,id', [term('name', 'desc'), term('id')]],
    ['author.name:desc', [term('author.name', 'desc')]],
    [
      ['name:desc', 'id'],
      [term('name', 'desc'), term('id')],
    ],
    [
      [{ name: 'desc' }, 'id'],
      [term('name', 'desc'), term('id')],
    ],
    [{ name: 'desc', id: 'asc' }, [term('name', 'desc'), term('id')]],
    [{ author: { name: 'desc' } }, [term('author.name', 'desc')]],
    [{ author: [{ name: 'desc' }, { id: 'asc' }] }, [term('author.name', 'desc'), term('author.id')]],
    [{ 'author.name': 'asc' }, [term('author.name')]],
    ['', []],
    [undefined, []],
    [null, []],
  ])('%j', (given, terms) => {
    expect(sortTerms(given)).toEqual(terms);
  });
});
