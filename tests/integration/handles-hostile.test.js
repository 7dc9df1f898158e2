'use strict';

const { bootStrapi } = require('../support/strapi');
const { CONTENT_READS, outcomeOf, seedContent } = require('../support/content');

/** Requests that nobody sends by mistake only: each as the part after the plural name. */
const HOSTILE = [
  '?filters[title]=%E0%A4%A',
  '?filters[title]=%',
  '?%',
  '?filters[title]=%00',
  '?filters[title][$contains]=a%00b',
  '?_q=%00',
  '?sort=%00',
  '?locale=%00',
  '?locale=en%00',
  '?status=draft%00',
  '?fields=title%00',
  '?populate=%00',
  '?filters[%00]=1',
  '?sort=title&sort=views',
  '?fields=title&fields=slug',
  '?filters[title]=First&filters[title]=Second',
  '?status=draft&status=published',
  '?locale=en&locale=fr',
  '?populate=author&populate=tags',
  '?pagination[pageSize]=1&pagination[pageSize]=2',
  '?_q=a&_q=b',
  '?_q[a]=b',
  '?filters=First',
  '?filters[]=First',
  '?filters[0][title]=First',
  '?filters[__proto__][title]=First',
  '?filters[constructor]=First',
  '?populate[constructor]=true',
  '?__proto__[polluted]=1',
  '?filters[title][$in][200]=First',
  `?filters${'[$and][0]'.repeat(8)}[title]=First`,
  `?filters${'[$and][0]'.repeat(40)}[title]=First`,
  `?${Array.from({ length: 120 }, (_, i) => `filters[title][$in][]=t${i}`).join('&')}`,
  `?filters[title]=${'x'.repeat(7000)}`,
  `?filters[title]=${'%F0%9F%98%80'.repeat(300)}`,
  '?filters[title]=%ED%A0%80',
  '?filters[views]=9007199254740993',
  '?filters[views]=1e400',
  '?filters[id]=99999999999999999999',
  '?pagination[page]=99999999999999999999',
  '?pagination[pageSize]=1.5',
  '?pagination[start]=-5&pagination[limit]=2',
  '?pagination=5',
  '?pagination[page][a]=1',
  '?;a=b&&&==',
];

const HOSTILE_IDS = [
  '%00',
  'a%00b',
  '%E0%A4%A',
  '%',
  '%2F',
  '..%2F..%2Fetc',
  'x'.repeat(5000),
  '%F0%9F%98%80',
];

describe.each(['sqlite', 'postgres'])('hostile requests on %s', (client) => {
  let app;
  let seed;

  beforeAll(async () => {
    app = await bootStrapi({
      client,
      plugin: { handles: { bySlug: { uid: 'api::article.article', idField: 'slug' } } },
    });
    seed = await seedContent(app.strapi);
    await app.grantPublic(CONTENT_READS);
    app.strapi.log.level = 'silent';
  });
  afterAll(() => app?.close());

  test.each(HOSTILE.map((query) => [query.length > 60 ? `${query.slice(0, 57)}...` : query, query]))(
    'a list is answered as /api does: %s',
    async (_, query) => {
      const expected = await app.request(`/api/articles${query}`);
      for (const attempt of ['first', 'second']) {
        const answer = await app.request(`/pfapi/find-many/articles${query}`);
        expect([attempt, answer.status]).toEqual([attempt, expected.status]);
        if (answer.status === 200) expect(answer.json).toEqual(expected.json.data);
        else expect(outcomeOf(answer)).toBe('none');
      }
      expect({}.polluted).toBeUndefined();
    },
  );

  test.each(HOSTILE_IDS.map((id) => [id.slice(0, 40), id]))(
    'a document is answered no worse than by /api: %s',
    async (_, id) => {
      const expected = await app.request(`/api/articles/${id}`);
      for (const handle of ['articles', 'bySlug']) {
        const answer = await app.request(`/pfapi/find-one/${handle}/${id}`);
        // What cannot be decoded is a 404 here; in Strapi the file server that comes after it says 400.
        expect([handle, answer.status < 500 || expected.status >= 500]).toEqual([handle, true]);
        expect([handle, outcomeOf(answer)]).toEqual([handle, 'none']);
      }
    },
  );

  test('an unusual handle name is a 404 or a 400', async () => {
    for (const name of [
      '%00',
      '__proto__',
      'constructor',
      'toString',
      '%E0%A4%A',
      '..',
      '%2e%2e',
      'x'.repeat(5000),
    ]) {
      const { status } = await app.request(`/pfapi/find-many/${name}`);
      expect([name.slice(0, 20), status >= 400 && status < 500]).toEqual([name.slice(0, 20), true]);
    }
  });

  test('answers are never taken for those of a look-alike request', async () => {
    const lookAlikes = [
      ['filters[title]=First', 'filters[title]=First%00'],
      ['filters[title]=First', 'filters[title]=first'],
      ['filters[title]=First', 'filters[title]=First%20'],
      ['filters[title]=First', 'filters[title]=First&status=draft'],
      ['filters[title]=e%CC%81', 'filters[title]=%C3%A9'],
      ['filters[views]=5', 'filters[views]=5.0001'],
      ['filters[views][$null]=true', 'filters[views][$null]=false'],
      ['filters[slug][$in]=first,second', 'filters[slug][$in][0]=first&filters[slug][$in][1]=second'],
      ['filters[title]', 'filters[title]='],
      ['filters[id]=9007199254740992', 'filters[id]=9007199254740993'],
    ];
    for (const [known, other] of lookAlikes) {
      await app.request(`/pfapi/find-many/articles?${known}`);
      await app.request(`/pfapi/find-many/articles?${known}`);
      const expected = await app.request(`/api/articles?${other}`);
      const answer = await app.request(`/pfapi/find-many/articles?${other}`);
      expect([other, answer.status]).toEqual([other, expected.status]);
      if (answer.status === 200) expect([other, answer.json]).toEqual([other, expected.json.data]);
    }
  });

  test('a header of the caller does not shape what others get', async () => {
    const headers = { 'strapi-response-format': 'v4', 'strapi-encode-source-maps': 'true' };
    const path = `/pfapi/find-one/articles/${seed.second.documentId}`;
    const shaped = await app.request(path, { headers });
    const plain = await app.request(path);
    const api = await app.request(`/api/articles/${seed.second.documentId}`);
    expect(plain.json).toEqual(api.json.data);
    expect(shaped.json).toEqual(plain.json);
  });
});
