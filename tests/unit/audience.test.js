'use strict';

const { audienceOf, lifetimeOf } = require('../../strapi/server/audience/audience');
const { AudienceBook } = require('../../strapi/server/audience/audience-book');

const rule = (action, own) => ({ action, ...own });
const FIND = rule('api::city.city.find');
const FIND_ONE = rule('api::city.city.findOne');
const user = (rules, credentials = { id: 1 }) => ({
  strategy: { name: 'users-permissions' },
  credentials,
  ability: { rules },
});
const token = (credentials, rules = []) => ({
  strategy: { name: 'content-api-token' },
  credentials,
  ability: { rules },
});
const nameOf = (auth) => audienceOf(auth).name;

describe('who a caller is', () => {
  test('two users with equal rules are one audience, in whatever order the rules come', () => {
    expect(nameOf(user([FIND, FIND_ONE]))).toBe(nameOf(user([FIND_ONE, FIND], { id: 2 })));
  });

  test('other properties of a rule’s object do not matter', () => {
    expect(nameOf(user([FIND]))).toBe(nameOf(user([{ ...FIND, _internal: Math.random() }])));
  });

  test.each([
    ['one rule less', [FIND]],
    ['another rule', [FIND, rule('api::city.city.delete')]],
    ['a condition', [FIND, { ...FIND_ONE, conditions: { owner: 1 } }]],
    ['fields', [FIND, { ...FIND_ONE, fields: ['name'] }]],
    ['a subject', [FIND, { ...FIND_ONE, subject: 'x' }]],
    ['a rule that forbids', [FIND, { ...FIND_ONE, inverted: true }]],
    ['none', []],
  ])('differing rules are another audience: %s', (_, rules) => {
    expect(nameOf(user(rules))).not.toBe(nameOf(user([FIND, FIND_ONE])));
  });

  test('the public and a user with the public’s rules are two', () => {
    for (const nobody of [null, undefined]) {
      const open = { ...user([FIND]), credentials: nobody };
      expect(audienceOf(open)).toEqual({ name: expect.any(String), isPublic: true });
      expect(nameOf(open)).not.toBe(nameOf(user([FIND])));
    }
    expect(audienceOf(user([FIND])).isPublic).toBe(false);
  });

  test('tokens of one type are one audience, but for custom ones, which have rules', () => {
    const full = { id: 1, type: 'full-access' };
    expect(nameOf(token(full))).toBe(nameOf(token({ id: 2, type: 'full-access' }, [FIND])));
    expect(nameOf(token(full))).not.toBe(nameOf(token({ type: 'read-only' })));
    const custom = (rules) => nameOf(token({ type: 'custom' }, rules));
    expect(custom([FIND, FIND_ONE])).toBe(custom([FIND_ONE, FIND]));
    expect(custom([FIND])).not.toBe(custom([FIND_ONE]));
    expect(audienceOf(token(full)).isPublic).toBe(false);
  });

  test('a token and a user with the same rules are two', () => {
    expect(nameOf(token({ type: 'custom' }, [FIND]))).not.toBe(nameOf(user([FIND])));
  });

  test('a strategy that is not known here has none', () => {
    for (const auth of [undefined, null, {}, { strategy: { name: 'sso' } }, { strategy: {} }]) {
      expect(audienceOf(auth)).toBeNull();
    }
  });

  test('a name shows nothing of the rules', () => {
    expect(nameOf(user([FIND]))).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});

describe('how long a credential is remembered', () => {
  const NOW = 1_700_000_000_000;
  const SECONDS = NOW / 1000;
  const MOST = 600_000;
  const jwt = (payload) => `Bearer x.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.y`;
  const ofUser = (authorization) => lifetimeOf(user([]), authorization, NOW);
  const ofToken = (expiresAt) => lifetimeOf(token({ type: 'custom', expiresAt }), 'Bearer abc', NOW);

  test('none, the public: as long as it may', () => {
    expect(lifetimeOf(user([], null), undefined, NOW)).toBe(MOST);
    expect(lifetimeOf({ ...user([]), credentials: undefined }, undefined, NOW)).toBe(MOST);
  });

  test('a JSON Web Token: until it ends', () => {
    expect(ofUser(jwt({ id: 1, exp: SECONDS + 60 }))).toBe(60_000);
    expect(ofUser(jwt({ id: 1, exp: SECONDS + 86_400 }))).toBe(MOST);
    expect(ofUser(`  ${jwt({ exp: SECONDS + 60 })}  `)).toBe(60_000);
    expect(ofUser(jwt({ exp: SECONDS + 60 }).replace('Bearer ', 'bearer   '))).toBe(60_000);
  });

  test('a JSON Web Token that has ended: not at all', () => {
    expect(ofUser(jwt({ exp: SECONDS }))).toBe(0);
    expect(ofUser(jwt({ exp: SECONDS - 1 }))).toBe(0);
    expect(ofUser(jwt({ exp: -1 }))).toBe(0);
  });

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer abc',
    'Bearer a.b.c',
    'Bearer a.bnVsbA.c',
    jwt({ id: 1 }),
    jwt({ exp: 'tomorrow' }),
    jwt({ exp: String(SECONDS + 60) }),
    jwt([]),
  ])('a credential whose end cannot be read, %j: not at all', (authorization) => {
    expect(ofUser(authorization)).toBe(0);
  });

  test('an API token: until it expires', () => {
    expect(ofToken(new Date(NOW + 60_000).toISOString())).toBe(60_000);
    expect(ofToken(new Date(NOW + 60_000))).toBe(60_000);
    expect(ofToken(NOW + 60_000)).toBe(60_000);
    expect(ofToken(new Date(NOW - 1).toISOString())).toBe(0);
  });

  test('an API token without an end: as long as it may', () => {
    expect(ofToken(null)).toBe(MOST);
    expect(ofToken(undefined)).toBe(MOST);
  });

  test('an API token whose end cannot be read: not at all', () => {
    expect(ofToken('someday')).toBe(0);
  });
});

describe('the book of audiences', () => {
  test('gives the latest caller of an audience', () => {
    const book = new AudienceBook();
    book.remember('a', { id: 1 });
    book.remember('a', { id: 2 });
    expect(book.authOf('a')).toEqual({ id: 2 });
    expect(book.authOf('b')).toBeUndefined();
  });

  test('keeps 1000, and drops the one remembered longest ago', () => {
    const book = new AudienceBook();
    for (let i = 0; i < 1000; i += 1) book.remember(`a${i}`, { i });
    book.remember('a0', { again: true });
    book.remember('new', {});
    expect(book.authOf('a0')).toEqual({ again: true });
    expect(book.authOf('a1')).toBeUndefined();
    expect(book.authOf('a2')).toEqual({ i: 2 });
  });
});
