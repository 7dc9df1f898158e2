'use strict';

const { bootStrapi } = require('../support/strapi');
const { outcomeOf } = require('../support/content');

const uid = 'api::place.place';
const handles = {
  plain: { uid },
  open: { uid, cacheControl: { public: true, maxAge: 60, sMaxAge: 300, staleWhileRevalidate: 30 } },
  strict: { uid, cacheControl: { public: true, maxAge: 5 } },
};
const PATH = '/pfapi/find-many/plain';
const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const OURS = [
  'Content-Type',
  'Content-Length',
  'ETag',
  'Last-Modified',
  'Cache-Control',
  'Expires',
  'Vary',
  'X-Pfapi-Cache',
];

/** The fields that this plugin answers for, as they were sent. */
const sent = ({ rawHeaders }) => {
  const fields = {};
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (OURS.includes(rawHeaders[i])) fields[rawHeaders[i]] = rawHeaders[i + 1];
  return fields;
};

describe('HTTP', () => {
  let app;
  let jwt;
  const get = (headers, path = PATH) => app.request(path, { headers });
  const statusFor = async (headers) => (await get(headers)).status;

  /** The answer once it carries Last-Modified: a second after its body was first seen. */
  const dated = async (path = PATH) => {
    for (;;) {
      const answer = await app.request(path);
      if (answer.headers['last-modified']) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  beforeAll(async () => {
    app = await bootStrapi({ plugin: { handles } });
    await app.strapi.documents(uid).create({ data: { name: 'Malmö', population: 350_000 } });
    await app.grantPublic([`${uid}.find`, `${uid}.findOne`]);
    ({ jwt } = await app.createRoleUser({ actions: [`${uid}.find`, `${uid}.findOne`] }));
  });
  afterAll(() => app?.close());

  test('the first answer, raw', async () => {
    const before = Date.now();
    const first = await app.request('/pfapi/find-many/plain?sort=name');
    expect(first.status).toBe(200);
    expect(sent(first)).toEqual({
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': String(first.raw.length),
      ETag: expect.stringMatching(/^"[!#-~]+"$/),
      'Cache-Control': 'private, max-age=0, must-revalidate',
      Expires: expect.stringMatching(DATE),
      Vary: expect.stringMatching(/(^|, )Authorization(,|$)/),
      'X-Pfapi-Cache': 'miss; reason=absent; fill=stored; age=0',
    });
    expect(Math.abs(Date.parse(first.headers.expires) - before)).toBeLessThan(3000);
    expect(first.raw.length).toBeGreaterThan(first.text.length); // bytes, not characters
    const second = await app.request('/pfapi/find-many/plain?sort=name');
    expect(second.headers['x-pfapi-cache']).toMatch(/^hit; reason=local; age=\d+$/);
    expect([second.text, second.headers.etag]).toEqual([first.text, first.headers.etag]);
  });

  test('Last-Modified is when this body was first seen, and is shown when it is a second old', async () => {
    const first = await app.request('/pfapi/find-many/plain?sort=population');
    const seen = Date.now();
    expect(first.headers).not.toHaveProperty('last-modified');
    const later = await dated('/pfapi/find-many/plain?sort=population');
    expect(later.headers['last-modified']).toMatch(DATE);
    expect(Math.abs(Date.parse(later.headers['last-modified']) - seen)).toBeLessThan(2000);
    expect(Date.parse(later.headers['last-modified'])).toBeLessThan(Date.parse(later.headers.date));
  });

  test('If-None-Match: the tag, weak or in a list, or a star, and nothing else', async () => {
    const { etag } = (await get()).headers;
    const held = [etag, `W/${etag}`, `"other", ${etag}`, `"other" , W/${etag},`, '*', ` ${etag} `];
    for (const field of held)
      expect([field, await statusFor({ 'If-None-Match': field })]).toEqual([field, 304]);
    const bare = etag.slice(1, -1);
    const not = [
      '"other"',
      bare,
      `"${bare}-gzip"`,
      `w/${etag}`,
      `${etag} "x"`,
      `*, ${etag}`,
      '',
      '"',
      `'${bare}'`,
    ];
    for (const field of not)
      expect([field, await statusFor({ 'If-None-Match': field })]).toEqual([field, 200]);
  });

  test('If-None-Match holds for a miss as well as for a hit', async () => {
    const { etag } = (await get()).headers;
    await app.strapi.documents(uid).create({ data: { name: 'Evicts' } });
    const [evicting] = await app.strapi.documents(uid).findMany({ filters: { name: 'Evicts' } });
    await app.strapi.documents(uid).delete({ documentId: evicting.documentId });
    const missed = await get({ 'If-None-Match': etag });
    expect([missed.status, outcomeOf(missed), missed.raw.length]).toEqual([304, 'miss', 0]);
    await app.strapi.documents(uid).create({ data: { name: 'Lund' } });
    const changed = await get({ 'If-None-Match': etag });
    expect([changed.status, outcomeOf(changed)]).toEqual([200, 'miss']);
    expect(changed.headers.etag).not.toBe(etag);
  });

  test('If-Modified-Since: the very date that was shown, and only without If-None-Match', async () => {
    const { headers } = await dated();
    const date = headers['last-modified'];
    const at = (seconds) => new Date(Date.parse(date) + seconds * 1000).toUTCString();
    expect(await statusFor({ 'If-Modified-Since': date })).toBe(304);
    for (const other of [at(1), at(-1), at(86_400), 'yesterday', '', `${date}, ${date}`]) {
      expect([other, await statusFor({ 'If-Modified-Since': other })]).toEqual([other, 200]);
    }
    expect(await statusFor({ 'If-None-Match': '"other"', 'If-Modified-Since': date })).toBe(200);
    expect(await statusFor({ 'If-None-Match': headers.etag, 'If-Modified-Since': at(-9) })).toBe(304);
  });

  test('Last-Modified rises with every change, even back to the same body', async () => {
    const path = '/pfapi/find-many/plain?filters[name]=Visby';
    const empty = await dated(path);
    const visby = await app.strapi.documents(uid).create({ data: { name: 'Visby' } });
    const one = await dated(path);
    await app.strapi.documents(uid).delete({ documentId: visby.documentId });
    const again = await dated(path);
    const dates = [empty, one, again].map((answer) => Date.parse(answer.headers['last-modified']));
    expect(dates[1]).toBeGreaterThan(dates[0]);
    expect(dates[2]).toBeGreaterThan(dates[1]);
    expect(again.headers.etag).toBe(empty.headers.etag);
  });

  test('a 304 has no body, and the fields that a 200 would have besides its description', async () => {
    const full = await dated();
    const { status, rawHeaders, raw, headers } = await get({ 'If-None-Match': full.headers.etag });
    expect([status, raw.length]).toEqual([304, 0]);
    expect(sent({ rawHeaders })).toEqual({
      ETag: full.headers.etag,
      'Cache-Control': full.headers['cache-control'],
      Expires: expect.stringMatching(DATE),
      Vary: full.headers.vary,
      'X-Pfapi-Cache': expect.stringMatching(/^hit; /),
    });
    expect(headers.date).toMatch(DATE);
    expect(headers).not.toHaveProperty('transfer-encoding');
  });

  test.each([
    ['a hit', ''],
    ['a 304', ''],
    ['an error', '?fields=nope'],
    ['no such handle', 'x'],
  ])('HEAD has the fields of GET and no body: %s', async (name, suffix) => {
    const path = `${PATH}${suffix}`;
    await dated();
    const headers = name === 'a 304' ? { 'If-None-Match': '*' } : {};
    const got = await app.request(path, { headers });
    const head = await app.request(path, { method: 'HEAD', headers });
    expect([head.status, head.raw.length]).toEqual([got.status, 0]);
    const { Expires: one, ...first } = sent(got);
    const { Expires: two, ...second } = sent(head);
    expect(second).toEqual(first);
    expect(Boolean(one)).toBe(Boolean(two));
  });

  test('HEAD fills the cache for GET', async () => {
    const path = `${PATH}?filters[name]=head`;
    const head = await app.request(path, { method: 'HEAD' });
    expect([head.status, outcomeOf(head), head.headers['content-length']]).toEqual([200, 'miss', '2']);
    const got = await app.request(path);
    expect([outcomeOf(got), got.text]).toEqual(['hit', '[]']);
  });

  test('OPTIONS says what is allowed, anything else is a 405 that says it too', async () => {
    const options = await app.request(PATH, { method: 'OPTIONS' });
    expect([options.status, options.headers.allow, options.raw.length]).toEqual([
      204,
      'GET, HEAD, OPTIONS',
      0,
    ]);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const path of [PATH, '/pfapi/find-one/plain/1', '/pfapi/get-count/plain']) {
        const { status, headers, json } = await app.request(path, { method });
        expect([method, path, status, headers.allow]).toEqual([method, path, 405, 'GET, HEAD, OPTIONS']);
        expect(json).toEqual({
          data: null,
          error: {
            status: 405,
            name: 'MethodNotAllowedError',
            message: `The method ${method} is not allowed here; allowed are GET, HEAD, OPTIONS.`,
            details: {},
          },
        });
      }
    }
  });

  test('CORS is decided for each request, and Vary names both', async () => {
    for (const origin of ['https://one.example', 'https://two.example']) {
      const { headers } = await get({ Origin: origin });
      expect(headers['access-control-allow-origin']).toBe(origin);
      const names = headers.vary.split(/,\s*/).sort();
      expect(names).toEqual(['Authorization', 'Origin']);
      const notModified = await get({ Origin: origin, 'If-None-Match': '*' });
      expect([notModified.status, notModified.headers['access-control-allow-origin']]).toEqual([304, origin]);
      expect(notModified.headers.vary).toBe(headers.vary);
    }
    const headers = { Origin: 'https://one.example', 'Access-Control-Request-Method': 'GET' };
    const preflight = await app.request(PATH, { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-methods']).toMatch('GET');
  });

  test('Cache-Control is that of the handle, and public only for callers without a credential', async () => {
    const control = async (handle, token) =>
      (await app.request(`/pfapi/find-many/${handle}`, { token })).headers['cache-control'];
    for (const turn of ['miss', 'hit']) {
      expect([turn, await control('open')]).toEqual([
        turn,
        'public, max-age=60, s-maxage=300, stale-while-revalidate=30',
      ]);
      const signedIn = 'private, max-age=60, stale-while-revalidate=30';
      expect([turn, await control('open', jwt)]).toEqual([turn, signedIn]);
      expect([turn, await control('strict')]).toEqual([turn, 'public, max-age=5, must-revalidate']);
      expect([turn, await control('plain')]).toEqual([turn, 'private, max-age=0, must-revalidate']);
    }
    const { headers } = await app.request('/pfapi/find-many/open');
    expect(Date.parse(headers.expires) - Date.parse(headers.date)).toBeGreaterThanOrEqual(59_000);
  });

  test('an error is never kept by anybody', async () => {
    const { headers } = await app.request('/pfapi/find-many/open?fields=nope');
    expect(headers['cache-control']).toBe('no-store');
    const ours = ['etag', 'expires', 'last-modified', 'x-pfapi-cache'];
    expect(ours.filter((name) => name in headers)).toEqual([]);
  });
});
