'use strict';

const { checkConfig, checkTerms, nearestOf } = require('../../strapi/server/config/check');
const { options, RESERVED_NAMES } = require('../../strapi/server/config/options');

/** The mistakes that a configuration is refused for. */
function mistakesOf(config, check = checkConfig) {
  try {
    check(config);
  } catch (error) {
    expect(error).toMatchObject({ name: 'PfapiConfigError', code: 'PFAPI_CONFIG' });
    for (const mistake of error.mistakes) expect(error.message).toContain(`  - ${mistake}`);
    return error.mistakes;
  }
  return [];
}

const city = (own) => ({ handles: { city: { uid: 'api::city.city', ...own } } });

describe('what is right', () => {
  test.each([
    ['nothing at all', undefined],
    ['null', null],
    ['an empty object', {}],
    ['null in the place of any option', { prefix: null, ttl: null, local: null, handles: null }],
    ['both ends of a range', { ttl: 31_536_000, fetchTimeout: 100, local: { maxPermanentBytes: 0 } }],
    ['a path with several parts', { prefix: '/api-v2/my_cache/~x.y' }],
    ['a handle with everything', city({ idField: 'slug', params: { status: 'draft' }, ignoreFields: [] })],
    ['s-maxage with public', { cacheControl: { public: true, sMaxAge: 60 } }],
    ['the handle’s s-maxage with the plugin’s public', { cacheControl: { public: true }, ...sMaxAge(60) }],
  ])('passes: %s', (_, config) => {
    expect(mistakesOf(config)).toEqual([]);
  });

  function sMaxAge(seconds) {
    return city({ cacheControl: { sMaxAge: seconds } });
  }
});

describe('a value of the wrong kind', () => {
  const seconds = 'a whole number from 1 to 31536000 (s)';
  const path = 'a path such as "/pfapi", without a slash at its end';
  test.each([
    [{ ttl: '3600' }, `ttl is "3600"; it must be ${seconds}.`],
    [{ ttl: 1.5 }, `ttl is 1.5; it must be ${seconds}.`],
    [{ ttl: 0 }, `ttl is 0; it must be ${seconds}.`],
    [{ ttl: 31_536_001 }, `ttl is 31536001; it must be ${seconds}.`],
    [{ fetchTimeout: 99 }, 'fetchTimeout is 99; it must be a whole number from 100 to 600000 (ms).'],
    [{ local: { ttl: -1 } }, `local.ttl is -1; it must be ${seconds}.`],
    [{ local: { maxEntryBytes: 1 } }, expect.stringMatching(/^local\.maxEntryBytes is 1; .*\(bytes\)\.$/)],
    [{ local: [] }, 'local is []; it must be an object.'],
    [{ bypass: 'yes' }, 'bypass is "yes"; it must be true or false.'],
    [{ outcomeHeader: 1 }, 'outcomeHeader is 1; it must be true or false.'],
    [{ cacheControl: { public: 'x' } }, 'cacheControl.public is "x"; it must be true or false.'],
    [{ cacheControl: 'no-store' }, 'cacheControl is "no-store"; it must be an object.'],
    [{ prefix: 'pfapi' }, `prefix is "pfapi"; it must be ${path}.`],
    [{ prefix: '/pfapi/' }, `prefix is "/pfapi/"; it must be ${path}.`],
    [{ prefix: '/a?b' }, `prefix is "/a?b"; it must be ${path}.`],
    [{ prefix: () => '/a' }, `prefix is a function; it must be ${path}.`],
    [{ handles: [] }, 'handles is []; it must be an object of named handles.'],
    [{ handles: { city: null } }, 'handles.city is null; it must be an object.'],
    [{ handles: { city: {} } }, 'handles.city.uid is missing; it must be a text.'],
    [city({ uid: '' }), 'handles.city.uid is ""; it must be a text.'],
    [city({ idField: 5 }), 'handles.city.idField is 5; it must be a text.'],
    [city({ ignoreFields: 'views' }), 'handles.city.ignoreFields is "views"; it must be a list of names.'],
    [city({ ignoreFields: ['a', ''] }), 'handles.city.ignoreFields is ["a",""]; it must be a list of names.'],
    [city({ params: [] }), expect.stringMatching(/^handles\.city\.params is \[\]; .* fields, filters, /)],
    [city({ localTtl: 'x' }), `handles.city.localTtl is "x"; it must be ${seconds}.`],
  ])('%j is named with its key, its value and what is allowed', (config, mistake) => {
    expect(mistakesOf(config)).toEqual([mistake]);
  });

  test('the configuration itself', () => {
    expect(mistakesOf('x')).toEqual(['config is "x"; it must be an object.']);
  });

  test('a long value is cut', () => {
    const [mistake] = mistakesOf({ prefix: 'x'.repeat(500) });
    expect(mistake).toContain('xxx...; it must be');
    expect(mistake.length).toBeLessThan(200);
  });

  test('NaN, as env.int() gives it for a text, is called by its name', () => {
    expect(mistakesOf({ ttl: NaN })).toEqual([`ttl is NaN; it must be ${seconds}.`]);
    expect(mistakesOf({ ttl: Infinity })).toEqual([`ttl is Infinity; it must be ${seconds}.`]);
  });

  test('what JSON cannot hold is a mistake like any other', () => {
    expect(mistakesOf({ ttl: 10n })).toEqual([expect.stringMatching(/^ttl is 10n?; it must be /)]);
    const round = {};
    round.round = round;
    expect(mistakesOf({ prefix: round })).toEqual([
      expect.stringMatching(/^prefix is .*; it must be a path/),
    ]);
  });
});

describe('an unknown key', () => {
  test.each([
    [{ prefx: '/x' }, 'prefx is not an option. Did you mean "prefix"? Allowed are '],
    [{ TTL: 5 }, 'TTL is not an option. Did you mean "ttl"? Allowed are '],
    [{ local: { maxbyte: 5 } }, 'local.maxbyte is not an option. Did you mean "maxBytes"? Allowed are '],
    [{ memcached: {} }, 'memcached is not an option. Allowed are '],
    [city({ param: {} }), 'handles.city.param is not an option. Did you mean "params"? Allowed are '],
    [
      city({ params: { filter: {} } }),
      'handles.city.params.filter is not an option. Did you mean "filters"?',
    ],
    [{ cacheControl: { maxage: 1 } }, 'cacheControl.maxage is not an option. Did you mean "maxAge"?'],
  ])('%j is named, with the nearest one and all there are', (config, beginning) => {
    const mistakes = mistakesOf(config);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0].startsWith(beginning)).toBe(true);
    expect(mistakes[0]).toMatch(/Allowed are \w+, .*\.$/);
  });

  test('the names of Object.prototype are unknown too', () => {
    expect(mistakesOf({ constructor: 1 })[0]).toMatch(/^constructor is not an option/);
  });

  test('nothing is suggested for a word that is far from all', () => {
    expect(nearestOf('handls', Object.keys(options))).toBe('handles');
    expect(nearestOf('somethingElse', Object.keys(options))).toBeNull();
    expect(nearestOf('x', [])).toBeNull();
  });
});

describe('the name of a handle', () => {
  test.each(['', '-a', 'a b', 'a/b', 'ä', 'x'.repeat(65)])('%j is refused', (name) => {
    const [mistake, ...others] = mistakesOf({ handles: { [name]: { uid: 'api::a.a' } } });
    expect(mistake).toContain(`handles.${name}: the name may have letters, digits`);
    expect(others).toEqual([]);
  });

  test.each(RESERVED_NAMES)('%s is reserved', (name) => {
    const [mistake] = mistakesOf({ handles: { [name]: { uid: 'api::a.a' } } });
    expect(mistake).toContain(`handles.${name}: the name is reserved. Reserved are purge, `);
  });

  test('64 characters are fine', () => {
    expect(mistakesOf({ handles: { ['x'.repeat(64)]: { uid: 'api::a.a' } } })).toEqual([]);
  });
});

describe('options that contradict each other', () => {
  const overruled = (path) =>
    `${path}.mustRevalidate is true; it overrules staleWhileRevalidate (5), so set one of them.`;
  const both = { mustRevalidate: true, staleWhileRevalidate: 5 };
  test.each([
    [{ ttl: 10, local: { ttl: 20 } }, 'local.ttl is 20; it must be at most ttl, which is 10 (s).'],
    [{ local: { ttl: 7200 } }, 'local.ttl is 7200; it must be at most ttl, which is 3600 (s).'],
    [
      { local: { maxBytes: 2_000_000, maxEntryBytes: 3_000_000 } },
      'local.maxEntryBytes is 3000000; it must be at most local.maxBytes, which is 2000000.',
    ],
    [
      city({ ttl: 10, localTtl: 20 }),
      'handles.city.localTtl is 20; it must be at most its ttl, which is 10 (s).',
    ],
    [
      { ttl: 600, ...city({ localTtl: 601 }) },
      'handles.city.localTtl is 601; it must be at most its ttl, which is 600 (s).',
    ],
    [{ cacheControl: { sMaxAge: 5 } }, 'cacheControl.sMaxAge is 5; it needs public: true beside it.'],
    [
      city({ cacheControl: { sMaxAge: 5 } }),
      'handles.city.cacheControl.sMaxAge is 5; it needs public: true beside it.',
    ],
    [{ cacheControl: both }, overruled('cacheControl')],
    [city({ cacheControl: both }), overruled('handles.city.cacheControl')],
  ])('%j', (config, mistake) => {
    expect(mistakesOf(config)).toEqual([mistake]);
  });

  test('a handle that says nothing of cacheControl is not blamed for the plugin’s', () => {
    expect(mistakesOf({ cacheControl: both, ...city() })).toEqual([overruled('cacheControl')]);
  });

  test('a short ttl alone does not contradict the default of local.ttl', () => {
    expect(mistakesOf({ ttl: 10 })).toEqual([]);
    expect(mistakesOf(city({ ttl: 10 }))).toEqual([]);
  });
});

test('all mistakes come in one error, which counts them', () => {
  const config = { ttl: 'x', bypas: true, local: { maxBytes: 1 }, handles: { a: {}, purge: { uid: 5 } } };
  const mistakes = mistakesOf(config);
  expect(mistakes).toHaveLength(6);
  expect(() => checkConfig(config)).toThrow(
    'PFAPI_CONFIG: there are 6 mistakes in the configuration of pfapi:',
  );
  expect(() => checkConfig({ ttl: 0 })).toThrow('there is a mistake in the configuration of pfapi:');
});

describe('the terms of a Refreshable', () => {
  test('may not be such that nothing ever ends an answer', () => {
    const terms = { permanent: true, evict: false };
    expect(mistakesOf(terms, (it) => checkTerms(it, { ttl: 3600, said: {} }, 'x'))).toEqual([
      'evict is false beside permanent: true; nothing would ever end the answer, so set one of them.',
    ]);
  });

  test('are checked like a handle’s', () => {
    const terms = { ttl: 60, localTtl: 30, permanent: true, evict: true, cacheControl: { maxAge: 5 } };
    expect(mistakesOf(terms, (it) => checkTerms(it, { ttl: 3600, said: {} }, 'Refreshable "x"'))).toEqual([]);
    expect(() => checkTerms({ ttl: 0 }, { ttl: 3600, said: {} }, 'Refreshable "x"')).toThrow(
      'a mistake in Refreshable "x":\n  - ttl is 0;',
    );
  });

  test('have no other keys', () => {
    expect(mistakesOf({ uid: 'a' }, (it) => checkTerms(it, { ttl: 3600, said: {} }, 'x'))[0]).toMatch(
      /^uid is not an option/,
    );
  });
});
