'use strict';

const { bootStrapi } = require('../support/strapi');
const { READS } = require('../support/followed');

const TOKEN = 'for-the-scraper_0123456789';
const METRICS = '/pfapi/metrics';

let app;

afterEach(async () => {
  await app?.close();
  app = undefined;
});

const scrape = async (token) => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return app.request(METRICS, { headers });
};

/** `name{labels}` to number; throws on a line that Prometheus would not read. */
const parse = (text) => {
  const samples = new Map();
  const typed = new Set();
  for (const line of text.trimEnd().split('\n')) {
    const [, type] = /^# TYPE (\w+) (?:counter|gauge)$/.exec(line) ?? [];
    if (type) {
      expect(typed.has(type)).toBe(false);
      typed.add(type);
    }
    if (line.startsWith('#')) {
      expect(line).toMatch(/^# (HELP \w+ \S.*|TYPE \w+ (counter|gauge))$/);
      continue;
    }
    const [, sample, name, value] =
      /^((\w+)(?:\{\w+="[\w-]+"(?:,\w+="[\w-]+")*\})?) (-?\d+(?:\.\d+)?)$/.exec(line) ?? [];
    expect({ line, sample }).toEqual({ line, sample: expect.any(String) });
    expect(typed.has(name)).toBe(true);
    expect(samples.has(sample)).toBe(false);
    samples.set(sample, Number(value));
  }
  return samples;
};

test('without a token in the configuration there is no such route', async () => {
  app = await bootStrapi({ plugin: true });
  expect((await scrape()).status).toBe(404);
  expect((await scrape(TOKEN)).status).toBe(404);
});

test('only who has the token is told, and what has happened, in Prometheus’ format', async () => {
  app = await bootStrapi({ plugin: { metrics: { token: TOKEN } } });
  for (const token of [undefined, '', 'another', `${TOKEN}x`, `${TOKEN} x`, TOKEN.toUpperCase()]) {
    const { status, text } = await scrape(token);
    expect({ token, status }).toEqual({ token, status: 401 });
    expect(text).not.toContain('pfapi_');
  }
  expect((await scrape(TOKEN)).status).toBe(200);

  await app.grantPublic(READS);
  await app.request('/pfapi/find-many/places');
  await app.request('/pfapi/find-many/places');
  await app.strapi.documents('api::place.place').create({ data: { name: 'Oslo' } });
  const { headers, text } = await scrape(TOKEN);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(headers['cache-control']).toBe('no-store');
  const samples = parse(text);
  const stats = app.strapi.plugin('pfapi').service('cache').stats();
  expect(samples.get('pfapi_caching')).toBe(1);
  expect(samples.get('pfapi_online')).toBe(1);
  expect(samples.get('pfapi_hits_total{tier="local"}')).toBe(stats.hits);
  expect(stats.hits).toBeGreaterThan(0);
  expect(samples.get('pfapi_misses_total{reason="absent"}')).toBe(stats.misses.absent);
  expect(samples.get('pfapi_evictions_total{cause="changed"}')).toBe(stats.evictions.changed);
  expect(samples.get('pfapi_outbox_rows')).toBeGreaterThanOrEqual(0);
  // Nothing is told of a Redis that is not there.
  expect([...samples.keys()].filter((name) => /breaker|redis_total/.test(name))).toEqual([]);
  expect(samples.size).toBeGreaterThan(50);
});

test('a cache that is switched off says so', async () => {
  app = await bootStrapi({ plugin: { bypass: true, metrics: { token: TOKEN } } });
  expect(parse((await scrape(TOKEN)).text)).toEqual(new Map([['pfapi_caching', 0]]));
});
