'use strict';

/** A list as Strapi takes it, `'a,b'` or `['a', 'b']`, as an array of trimmed names. */
function listOf(value) {
  if (typeof value === 'string')
    return value
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
  return Array.isArray(value) ? value.flatMap(listOf) : [];
}

/**
 * A sort as Strapi takes it, `'a:desc,b'`, `['a', ...]`, `{ author: { name: 'asc' } }`, as paths with directions.
 *
 * @returns {{ path: string[], direction: string }[]}
 */
function sortTerms(sort) {
  if (typeof sort === 'string') {
    return listOf(sort).map((term) => {
      const [name, direction = 'asc'] = term.split(':');
      return { path: name.split('.'), direction };
    });
  }
  if (Array.isArray(sort)) return sort.flatMap(sortTerms);
  if (typeof sort !== 'object' || sort === null) return [];
  return Object.entries(sort).flatMap(([name, inner]) =>
    typeof inner === 'object' && inner !== null
      ? sortTerms(inner).map(({ path, direction }) => ({ path: [...name.split('.'), ...path], direction }))
      : [{ path: name.split('.'), direction: String(inner) }],
  );
}

module.exports = { listOf, sortTerms };
