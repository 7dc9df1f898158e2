'use strict';

// What is asked over HTTP: of the cache, and in the same words of Strapi's own API, which nothing caches.
const { outcomeOf } = require('../content');

const SHAPES = {
  articles: [
    '',
    'populate=*',
    'populate[author][populate]=articles&populate[tags]=true',
    'populate[blocks][populate]=*',
    'populate[blocks][on][shared.quote][populate][author]=true',
    'filters[author][name][$contains]=a&sort[0]=author.name&sort[1]=id',
    'filters[tags][name][$contains]=t1&sort=id',
    'populate[tags][filters][name][$contains]=t1&populate[author][fields]=name',
    'status=draft&populate=*',
    'populate[localizations]=true&locale=en',
    'locale=fr&populate=author',
    'publicationFilter=modified',
    'filters[seo][title][$notNull]=true&populate=seo',
    'filters[blocks]=x',
    'filters[views][$gt]=3&sort=views,id&pagination[limit]=3',
    'populate[cover]=true',
    'filters[cover][name]=f1',
  ],
  authors: [
    'sort=id&pagination[page]=2&pagination[pageSize]=2',
    'populate[articles][filters][views][$gt]=3',
    'populate[articles][count]=true',
    'populate[articles][populate][tags][populate]=articles',
    'filters[articles][tags][name][$contains]=t1',
    'filters[articles][title][$not][$contains]=1',
    '_q=a',
    'status=draft&populate=articles',
  ],
  categories: [
    'populate[articles][populate]=author',
    'filters[articles][views][$gt]=3',
    'populate[articles][sort]=views',
    'sort=name,id',
  ],
  tags: [
    'populate[articles][fields]=title',
    'filters[$and][0][$not][articles][views][$gt]=3',
    'sort=name:desc&pagination[limit]=2',
  ],
};

const ONE_SHAPES = {
  articles: [
    '',
    'populate=*',
    'status=draft&populate=author',
    'locale=fr&populate=tags',
    'fields=title&populate[author][fields]=name',
  ],
  authors: [
    '',
    'populate=articles',
    'status=draft&populate=articles',
    'status=draft&populate[articles][fields]=title',
    'populate[articles][populate]=tags',
  ],
  categories: [
    'populate=articles',
    'populate[articles][populate]=author',
    'populate[articles][fields]=title',
  ],
  tags: ['', 'populate[articles][fields]=title'],
};

const COUNT_SHAPES = {
  articles: ['', 'status=draft', 'locale=fr', 'filters[author][name][$contains]=a', 'filters[views][$gt]=3'],
  authors: ['', 'filters[articles][views][$gt]=3', 'filters[name]=a1'],
  categories: ['', 'filters[name][$in][0]=c1&filters[name][$in][1]=c2'],
  tags: ['', 'filters[articles][title]=a1'],
};

const NAMES = { articles: 'article', authors: 'author', categories: 'category', tags: 'tag' };
const PLURALS = Object.fromEntries(Object.entries(NAMES).map(([plural, name]) => [name, plural]));

/** Every list has the same chance, so articles, with most of them, are asked for most. */
const anyOf = (random, shapes) =>
  random.pick(Object.entries(shapes).flatMap(([plural, queries]) => queries.map((query) => [plural, query])));

/**
 * One question: `path` is what comes after the prefix, `route` the kind of answer.
 *
 * @returns {Promise<{ route: string, path: string, token: string | undefined }>}
 */
exports.drawQuestion = async (world) => {
  const { random } = world;
  const route = random.weighted([
    [5, 'find-many'],
    [4, 'find-one'],
    [2, 'get-count'],
  ]);
  const token = random.chance(0.75) ? world.token : undefined;
  const question = (plural, query, id) => {
    const path = `${plural}${id ? `/${id}` : ''}${query && `?${query}`}`;
    return { route, path, token };
  };
  if (route !== 'find-one') return question(...anyOf(random, route === 'find-many' ? SHAPES : COUNT_SHAPES));
  const [plural, query] = anyOf(random, ONE_SHAPES);
  const gone = random.pick(world.gone);
  if (gone && random.chance(0.05)) return question(PLURALS[gone[0]], '', gone[1]);
  return question(plural, query, (await world.someId(NAMES[plural])) ?? 'nothing');
};

exports.nameOf = ({ route, path, token }) =>
  `/${route}/${path} ${token ? 'with a token' : 'from the public'}`;

/** The answer by way of the cache. */
exports.askCache = async ({ app }, { route, path, token }) => {
  const answer = await app.request(`/pfapi/${route}/${path}`, { token });
  const { status, json } = answer;
  return { outcome: outcomeOf(answer), answer: status === 200 ? json : { status } };
};

/** The answer of Strapi itself. */
exports.askStrapi = async ({ app }, { route, path, token }) => {
  const { status, json } = await app.request(`/api/${path}`, { token });
  if (status !== 200) return { status };
  return route === 'get-count' ? json.meta.pagination.total : json.data;
};
