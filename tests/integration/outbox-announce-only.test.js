'use strict';

// A server that does not cache tells the others of its writes all the same.
const { startCluster } = require('../support/cluster');
const { outcomeOf } = require('../support/content');

const LIST = '/pfapi/find-many/places?sort=id:desc';
const FOLLOWING = { outbox: { pollInterval: 300 }, maxStaleOffline: 1000 };
/** A poll and what comes with it. */
const BOUND_MS = 1000;

/** Why the first server does not cache, and how that comes about. */
const MODES = [
  ['switched-off', { plugin: { ...FOLLOWING, bypass: true } }],
  ['addon-missing', { plugin: FOLLOWING, env: { NAPI_RS_NATIVE_LIBRARY_PATH: '/nowhere/pfapi.node' } }],
];

describe('what a server writes that does not cache', () => {
  let cluster;
  let a;
  let b;

  beforeAll(async () => {
    const [, first] = MODES[0];
    cluster = await startCluster({ plugin: (index) => (index === 0 ? first.plugin : FOLLOWING) });
    [a, b] = cluster.servers;
  });

  afterAll(() => cluster?.close());

  /** Warms the list on the other server, writes, and waits for what is expected there. */
  const expectSeen = async (write, isSeen) => {
    await b.request(LIST);
    expect(outcomeOf(await b.request(LIST))).toBe('hit');
    await write();
    const started = performance.now();
    for (;;) {
      const { json } = await b.request(LIST);
      const after = performance.now() - started;
      if (isSeen(json.map(({ name }) => name))) return expect(after).toBeLessThan(BOUND_MS);
      if (after > 3 * BOUND_MS) throw new Error(`not seen after ${after} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  const expectUncached = async (reason) => {
    for (let i = 0; i < 2; i += 1) {
      const { status, headers } = await a.request(LIST);
      expect([status, headers['x-pfapi-cache']]).toEqual([200, `bypass; reason=${reason}`]);
    }
  };

  const RUN = {
    create: ({ strapi }, name) => strapi.documents('api::place.place').create({ data: { name } }),
    query: ({ strapi }, name) => strapi.db.query('api::place.place').create({ data: { name } }),
    burst: async ({ strapi }, name) => {
      for (let i = 0; i < 20; i += 1)
        await strapi.db.query('api::place.place').create({ data: { name: `${name} ${i}` } });
    },
    rename: ({ strapi }, name) =>
      strapi.db.query('api::place.place').updateMany({ where: { name }, data: { name: `${name}, renamed` } }),
    rolledBack: ({ strapi }, name) =>
      strapi.db
        .transaction(async () => {
          await strapi.documents('api::place.place').create({ data: { name } });
          throw new Error('taken back');
        })
        .catch(() => {}),
  };

  describe.each(MODES)('%s', (reason, { plugin, env }) => {
    const named = (what) => `${what}, ${reason}`;

    beforeAll(async () => {
      if (reason !== MODES[0][0]) await a.restart({ plugin, env });
    });

    test('is seen on the others, and reads of its own go past the cache', async () => {
      await expectUncached(reason);
      const rest = () =>
        a.request('/api/places', { method: 'POST', body: { data: { name: named('over REST') } } });
      await expectSeen(rest, (names) => names.includes(named('over REST')));
      for (const way of ['create', 'query']) {
        const write = () => a.run(RUN[way], named(way));
        await expectSeen(write, (names) => names.includes(named(way)));
      }
      await expectSeen(
        () => a.run(RUN.burst, named('burst')),
        (names) => names.includes(`${named('burst')} 19`),
      );
      await expectSeen(
        () => a.run(RUN.rename, named('query')),
        (names) => names.includes(`${named('query')}, renamed`),
      );
      await expectUncached(reason);
    });
  });

  test('so is what it writes after a fault has switched its cache off', async () => {
    await a.restart({ plugin: FOLLOWING, env: { NAPI_RS_NATIVE_LIBRARY_PATH: '' } });
    await a.request(LIST);
    expect(outcomeOf(await a.request(LIST))).toBe('hit');
    await a.run(({ strapi, require }) => {
      const { pluginOf } = require('../../strapi/server/plugin');
      const { cache } = pluginOf(strapi);
      for (const method of ['record', 'recordOfEverything', 'commit', 'apply', 'applyEverything'])
        cache[method] = () => {
          throw new Error('does not answer');
        };
    });
    for (const name of ['the first', 'the second', 'the third'])
      await expectSeen(
        () => a.run(name === 'the second' ? RUN.query : RUN.create, name),
        (names) => names.includes(name),
      );
    await expectUncached('fault');
    expect(a.logs()).toContain('PFAPI_FAULT');
  });

  test('what is rolled back is told to nobody', async () => {
    await b.request(LIST);
    await a.run(RUN.rolledBack, 'never');
    await new Promise((resolve) => setTimeout(resolve, 600));
    const answer = await b.request(LIST);
    expect(outcomeOf(answer)).toBe('hit');
    expect(answer.json.map(({ name }) => name)).not.toContain('never');
  });
});
