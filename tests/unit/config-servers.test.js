'use strict';

const { checkConfig } = require('../../strapi/server/config/check');
const { resolveConfig } = require('../../strapi/server/config/resolve');

const mistakesOf = (config) => {
  try {
    checkConfig(config);
    return [];
  } catch (error) {
    return error.mistakes;
  }
};

test.each([
  'redis://localhost',
  'redis://localhost:6379/0',
  'rediss://user:pass%40word@redis.example.com:6380',
  'redis://[::1]:6379/15',
])('%s is a URL', (url) => {
  expect(mistakesOf({ redis: { url } })).toEqual([]);
});

test.each(['', 'localhost', 'http://localhost', 'redis://', 'redis://host/x', 'redis://host?db=1'])(
  '%p is not, and is not shown: it may hold a password',
  (url) => {
    const [mistake, ...others] = mistakesOf({ redis: { url } });
    expect(others).toEqual([]);
    expect(mistake).toMatch(/^redis\.url is a string that does not fit; it must be a URL such as/);
  },
);

test('a list of URLs is a cluster, one is not', () => {
  const cluster = (redis) => resolveConfig({ redis }).redis.cluster;
  expect(cluster({ url: ['redis://a', 'redis://b'] })).toBe(true);
  expect(cluster({ url: ['redis://a'] })).toBe(true);
  expect(cluster({ url: 'redis://a' })).toBe(false);
  expect(cluster({ url: 'redis://a', cluster: true })).toBe(true);
  expect(resolveConfig({}).redis).toBeNull();
  expect(resolveConfig({ redis: { namespace: 'x' } }).redis).toBeNull();
});

test('a secret is never shown', () => {
  const all = mistakesOf({
    redis: { url: ['redis://user:hidden@a', 'nonsense'], password: 7 },
    metrics: { token: 'too short' },
  });
  expect(all).toHaveLength(3);
  expect(all.join()).not.toContain('hidden');
});

const two = ['redis://a', 'redis://b'];

test.each([
  [
    { maxStaleOffline: 2500 },
    /maxStaleOffline is 2500; it must be at least twice outbox.pollInterval, which is 1500/,
  ],
  [{ maxStaleOffline: 4000, outbox: { pollInterval: 3000 } }, /twice outbox.pollInterval, which is 3000/],
  [
    { redis: { url: two[0] }, maxStaleOffline: 1500, outbox: { pollInterval: 500 } },
    /with redis it must be at least 2000/,
  ],
  [{ redis: { url: two[0] }, outbox: { enabled: false } }, /several servers need the outbox/],
  [{ redis: { password: 'x' } }, /redis.password is set; it needs redis.url/],
  [{ redis: { url: two[0], tls: { ca: 'x' } } }, /needs every redis.url to begin with rediss:/],
  [{ redis: { url: two, cluster: false } }, /redis.cluster is false; with 2 URLs it must be true/],
])('%j is a mistake', (config, expected) => {
  const mistakes = mistakesOf(config);
  expect(mistakes).toHaveLength(1);
  expect(mistakes[0]).toMatch(expected);
});

test.each([
  {},
  { redis: { url: two[0] } },
  { maxStaleOffline: 1000, outbox: { pollInterval: 500 } },
  { maxStaleOffline: 1000, outbox: { enabled: false } },
  { redis: { url: 'rediss://a', tls: { rejectUnauthorized: false } } },
])('%j is right', (config) => {
  expect(mistakesOf(config)).toEqual([]);
});

test('what is not said has its default, down to the last group', () => {
  const { redis, outbox, maxStaleOffline } = resolveConfig({ redis: { url: 'redis://a' } });
  expect(redis).toEqual({
    urls: ['redis://a'],
    cluster: false,
    username: null,
    password: null,
    tls: null,
    namespace: 'pfapi',
    connectTimeout: 1000,
    commandTimeout: 250,
    lease: 2000,
    logLength: 10_000,
  });
  expect(outbox).toEqual({ enabled: true, pollInterval: 1500, longestWrite: 120 });
  expect(maxStaleOffline).toBe(5000);
});

test('what is said of TLS is completed', () => {
  const { tls } = resolveConfig({ redis: { url: 'rediss://a', tls: { ca: 'PEM' } } }).redis;
  expect(tls).toEqual({ ca: 'PEM', cert: null, key: null, rejectUnauthorized: true });
});
