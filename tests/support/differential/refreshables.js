'use strict';

// What is asked inside of the process: the Query Engine and the Document Service, through Refreshables of a project.
const { Refreshable } = require('../../..');

/** By the Query Engine, as a list, as one row, and as a number. */
const QUERIES = [
  ['article', { populate: ['author', 'tags'] }],
  ['article', { populate: true }],
  [
    'article',
    {
      populate: { blocks: { on: { 'shared.quote': { populate: { author: { populate: ['articles'] } } } } } },
    },
  ],
  ['article', { populate: { blocks: { populate: true }, seo: true, cover: true } }],
  ['article', { orderBy: [{ author: { name: 'asc' } }, { id: 'asc' }], select: ['title'] }],
  ['article', { where: { $not: { tags: { name: { $contains: 't1' } } } }, select: ['id'] }],
  ['article', { where: { cover: { name: 'f1' } } }],
  ['article', { where: { seo: { title: { $notNull: true } } }, populate: { seo: true } }],
  ['article', { populate: { localizations: { populate: { author: true } } } }],
  ['author', { populate: { articles: { populate: { tags: { populate: { articles: true } } } } } }],
  ['author', { populate: { articles: { count: true } } }],
  ['author', { populate: { articles: { where: { author: { name: 'a1' } } } } }],
  ['author', { populate: { articles: { where: { views: { $gt: 3 } } } } }],
  ['category', { populate: ['articles.author'] }],
  ['tag', { where: { articles: { author: { name: { $contains: 'a' } } } } }],
  ['file', { populate: { related: true } }],
  ['file', { populate: { related: { populate: { author: true, tags: true } } } }],
];

const DOCUMENTS = [
  ['article', 'findMany', { status: 'published', populate: { author: { populate: ['articles'] } } }],
  ['article', 'findFirst', { status: 'draft', filters: { views: { $gt: 3 } }, sort: 'id', populate: '*' }],
  ['author', 'findMany', { status: 'draft', populate: { articles: { populate: ['cover'] } } }],
  ['category', 'findMany', { populate: { articles: { filters: { views: { $gt: 3 } } } } }],
  ['article', 'count', { locale: 'fr' }],
];

/** The Query Engine writes into what it is given. */
const fresh = (params) => structuredClone(params);

const reads = ({ query, documents }) => [
  ...QUERIES.flatMap(([name, params]) => {
    const spelled = `${name} ${JSON.stringify(params)}`;
    const { where } = params;
    return [
      [`findMany ${spelled}`, () => query(name).findMany(fresh(params))],
      [
        `findOne ${spelled}`,
        ({ id }) => query(name).findOne({ ...fresh(params), where: { ...where, id } }),
        name,
      ],
      ...(where ? [[`count ${spelled}`, () => query(name).count({ where: fresh(where) })]] : []),
    ];
  }),
  ...DOCUMENTS.map(([name, method, params]) => [
    `documents ${method} ${name} ${JSON.stringify(params)}`,
    () => documents(name)[method](fresh(params)),
  ]),
];

/** How many rows of a type are asked for one by one. */
const MAX_ROWS = 8;

/**
 * Defines a Refreshable for each read.
 *
 * @returns `draw()` and `drawRows()`: random ones as `{ name, ask, truth }`, of which both give what the read gives, by
 *   way of the cache and not; the second asks one read for many rows, since a write often shows in one of them alone
 */
exports.defineProbes = (world) => {
  const { random } = world;
  const cache = world.strapi.plugin('pfapi').service('cache');
  const probes = reads(world).map(([name, read, rowOf], i) => {
    class Probe extends Refreshable {
      getData = async (params) => ({ data: await read(params) });
    }
    return { name, read, rowOf, get: cache.define(new Probe({ name: `probe-${i}` })).get };
  });
  const ofRows = probes.filter(({ rowOf }) => rowOf);
  const others = probes.filter(({ rowOf }) => !rowOf);
  const asked = ({ name, read, get }, params) => ({
    name: `${name} ${JSON.stringify(params)}`,
    ask: () => get(params),
    truth: async () => JSON.parse(JSON.stringify((await read(params)) ?? null)),
  });
  return {
    draw: () => asked(random.pick(others), {}),
    async drawRows() {
      const type = random.pick([...new Set(ofRows.map(({ rowOf }) => rowOf))]);
      const probe = random.pick(ofRows.filter(({ rowOf }) => rowOf === type));
      const rows = random.sample(await world.rows(probe.rowOf), MAX_ROWS);
      return rows.map(({ id }) => asked(probe, { id }));
    },
  };
};
