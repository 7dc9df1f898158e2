'use strict';

const { bootStrapi } = require('../support/strapi');
const { CONTENT_READS, outcomeOf, seedContent } = require('../support/content');

/** Queries that Strapi answers. */
const ANSWERED = [
  '',
  'filters[title]=First',
  'filters[title][$eqi]=FIRST',
  'filters[$or][0][title]=First&filters[$or][1][slug]=third',
  'filters[$and][0][views][$gt]=5&filters[$and][1][views][$lt]=5000',
  'filters[$not][title][$contains]=F',
  'filters[author][name][$eq]=Ann',
  'filters[author][$null]=true',
  'filters[tags][name][$in][0]=news&filters[tags][name][$in][1]=long',
  'filters[seo][title]=SEO',
  'filters[rating][$notNull]=true',
  'filters[slug][$eq][0]=first&filters[slug][$eq][1]=second',
  'sort=title:desc',
  'sort[0]=rating:desc&sort[1]=title',
  'sort[author][name]=asc&sort[views]=desc',
  'sort=,title',
  'fields=title',
  'fields[0]=views&fields[1]=slug',
  'populate=*',
  'populate=author,tags',
  'populate[author][fields]=name',
  'populate[author][populate][articles][sort]=views:desc',
  'populate[tags][filters][name]=long',
  'populate[tags][count]=true',
  'populate[blocks][populate]=*',
  'populate[blocks][on][shared.quote][populate]=author',
  'populate[blocks][on][shared.rich][fields]=body',
  'populate=',
  'populate=localizations',
  'pagination[pageSize]=2&pagination[page]=2&sort=views',
  'pagination[start]=1&pagination[limit]=2&sort=views',
  'pagination[pageSize]=1000',
  'pagination[pageSize]=0',
  'pagination[pageSize]=abc',
  'pagination[limit]=-1',
  'pagination[page]=99',
  'pagination[withCount]=false',
  'pagination=',
  'pagination[nope]=1',
  'limit=1&start=1',
  'count=true',
  'ordering=title',
  'status=draft',
  'status=published',
  'status=',
  'status',
  'locale=fr',
  'locale=de',
  'locale=*&sort=title',
  'locale=',
  'locale[0]=en&locale[1]=fr&sort=title',
  '_q=second',
  'publicationFilter=modified',
  'hasPublishedVersion=true',
  'hasPublishedVersion=false&status=draft',
];

/** Queries that Strapi refuses, with whatever status. */
const REFUSED = [
  'filters[nope]=1',
  'filters[secret]=hidden',
  'filters[author][email]=x',
  'filters[title][$EQ]=First',
  'filters[$or]=',
  'filters[views][$between]=1',
  'sort=secret',
  'sort=title:sideways',
  'fields=secret',
  'fields=nope',
  'populate=deep',
  'populate[author]=*',
  'status=bogus',
  'status[0]=draft&status[1]=published',
  'publicationState=live',
  'publicationFilter=bogus',
  'locale=zz-!!',
  'locale[a]=en',
  'page=2&pageSize=2',
  'pagination[page]=1&pagination[start]=1',
  'page=1',
  'pageSize=2',
  'unknown=1',
];

describe.each(['sqlite', 'postgres'])('find-many on %s', (client) => {
  let app;
  const bare = (query) => app.request(`/pfapi/find-many/articles?${query}`);
  const api = (query) => app.request(`/api/articles?${query}`);

  beforeAll(async () => {
    app = await bootStrapi({ client, plugin: true });
    await seedContent(app.strapi);
    await app.grantPublic(CONTENT_READS);
    // What Strapi answers to some of these with a 500 is logged with a stack.
    app.strapi.log.level = 'silent';
  });
  afterAll(() => app?.close());

  test.each(ANSWERED)('gives the data of /api, then a hit: ?%s', async (query) => {
    const expected = await api(query);
    expect(expected.status).toBe(200);
    const first = await bare(query);
    expect([first.status, first.json]).toEqual([200, expected.json.data]);
    const second = await bare(query);
    expect(outcomeOf(second)).toBe('hit');
    expect(second.text).toBe(first.text);
  });

  test.each(REFUSED)('refuses what /api refuses, each time: ?%s', async (query) => {
    const expected = await api(query);
    // Strapi leaves `details` out of errors that it did not foresee; here they are always there.
    const error = { details: {}, ...expected.json.error };
    for (const attempt of [await bare(query), await bare(query)]) {
      expect([attempt.status, attempt.json]).toEqual([expected.status, { data: null, error }]);
      expect(attempt.headers).not.toHaveProperty('etag');
      expect(attempt.headers['cache-control']).toBe('no-store');
    }
  });

  test('knows queries that mean the same by one answer', async () => {
    const spellings = [
      ['filters[title]=Third', 'filters[title][$eq]=Third', 'filters[$and][0][title][$eq]=Third'],
      [
        'filters[slug]=first&filters[views]=5',
        'filters[views]=5&filters[slug]=first',
        'filters%5Bslug%5D=first&filters[views]=5',
      ],
      [
        'populate=tags,author&locale=en',
        'populate[0]=author&populate[1]=tags&locale=en',
        'populate[author]=true&populate[tags]=true&locale=en',
      ],
      [
        'sort=slug',
        'sort=slug:asc',
        'sort[0]=slug',
        'sort[slug]=asc',
        'sort=slug&pagination[page]=1',
        'sort=slug&pagination[start]=0&pagination[limit]=25',
      ],
      ['fields=slug,title', 'fields[0]=title&fields[1]=slug'],
    ];
    for (const [known, ...others] of spellings) {
      const first = await bare(known);
      expect([known, outcomeOf(first)]).toEqual([known, 'miss']);
      for (const other of others) {
        const answer = await bare(other);
        expect([other, outcomeOf(answer)]).toEqual([other, 'hit']);
        expect(answer.json).toEqual(first.json);
      }
    }
  });

  test('tells queries apart that mean something else', async () => {
    const different = [
      'filters[title]=X1',
      'filters[title]=x1',
      'filters[title][$ne]=X1',
      'filters[title][$contains]=X1',
      'filters[$or][0][title]=X1&filters[$or][1][slug]=X1',
      'filters[title]=X1&sort=title',
      'filters[title]=X1&sort=title:desc',
      'filters[title]=X1&sort=title,slug',
      'filters[title]=X1&sort=slug,title',
      'filters[title]=X1&status=draft',
      'filters[title]=X1&locale=fr',
      'filters[title]=X1&populate=author',
      'filters[title]=X1&pagination[pageSize]=2',
    ];
    for (const query of different) expect([query, outcomeOf(await bare(query))]).toEqual([query, 'miss']);
  });

  test('is evicted by a write of what it shows and of what it filters by', async () => {
    const query = 'filters[author][name]=Zoe&populate=author';
    expect((await bare(query)).json).toEqual([]);
    expect(outcomeOf(await bare(query))).toBe('hit');
    const documents = (name) => app.strapi.documents(`api::${name}.${name}`);
    const zoe = await documents('author').create({ data: { name: 'Zoe' }, status: 'published' });
    await documents('article').create({
      data: { title: 'By Zoe', author: zoe.documentId },
      status: 'published',
    });
    const [article] = (await bare(query)).json;
    expect([article.title, article.author.name]).toEqual(['By Zoe', 'Zoe']);
    await documents('author').update({
      documentId: zoe.documentId,
      data: { name: 'Zora' },
      status: 'published',
    });
    expect((await bare(query)).json).toEqual([]);
  });
});
