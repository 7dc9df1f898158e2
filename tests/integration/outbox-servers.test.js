'use strict';

// Two processes on one database and no Redis: the outbox alone keeps them in step.
const { startCluster } = require('../support/cluster');
const { outcomeOf } = require('../support/content');

const POLL_MS = 500;
const STALE_MS = 1000;
/** A poll may just have begun when the write commits; reading and applying take their time. */
const BOUND_MS = POLL_MS + 1000;
const LIST = '/pfapi/find-many/places?sort=id';

describe.each(['postgres', 'sqlite'])('on %s', (client) => {
  let cluster;
  let a;
  let b;

  beforeAll(async () => {
    cluster = await startCluster({
      client,
      servers: 2,
      plugin: { outbox: { pollInterval: POLL_MS }, maxStaleOffline: STALE_MS },
    });
    [a, b] = cluster.servers;
  });

  afterAll(() => cluster?.close());

  const warm = async (server) => {
    await server.request(LIST);
    expect(outcomeOf(await server.request(LIST))).toBe('hit');
  };

  /** Milliseconds until the other server shows a name. */
  const seenAfter = async (server, name) => {
    const started = performance.now();
    for (;;) {
      const { json } = await server.request(LIST);
      if (json.some((place) => place.name === name)) return performance.now() - started;
      if (performance.now() - started > 10_000) throw new Error(`${name} is not seen`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  test('a write in a transaction is seen with the next poll', async () => {
    await warm(b);
    await a.run(({ strapi }) => strapi.documents('api::place.place').create({ data: { name: 'document' } }));
    expect(await seenAfter(b, 'document')).toBeLessThan(BOUND_MS);
  });

  test('so is one outside of any, and a burst of them', async () => {
    await warm(b);
    await a.run(({ strapi }) => strapi.db.query('api::place.place').create({ data: { name: 'query' } }));
    expect(await seenAfter(b, 'query')).toBeLessThan(BOUND_MS);
    await warm(b);
    await a.run(async ({ strapi }) => {
      for (let i = 0; i < 20; i += 1)
        await strapi.db.query('api::place.place').create({ data: { name: `burst ${i}` } });
    });
    expect(await seenAfter(b, 'burst 19')).toBeLessThan(BOUND_MS);
  });

  test('a writer that is killed right after COMMIT has told of it', async () => {
    await warm(b);
    const killed = a.run(async ({ strapi }) => {
      const { client: knexClient } = strapi.db.connection;
      const { prototype } = knexClient.constructor;
      const original = prototype._query;
      let wrote = false;
      prototype._query = async function query(connection, asked) {
        if (/^insert into .?places/i.test(asked.sql)) wrote = true;
        const result = await original.call(this, connection, asked);
        if (wrote && /^commit/i.test(asked.sql)) process.kill(process.pid, 'SIGKILL');
        return result;
      };
      await strapi.documents('api::place.place').create({ data: { name: 'last words' } });
    });
    await expect(killed).rejects.toThrow('SIGKILL');
    expect(await seenAfter(b, 'last words')).toBeLessThan(BOUND_MS + 200);
    await a.restart();
  });

  test('a server that was paused does not show what it had', async () => {
    await warm(a);
    a.pause();
    await b.run(({ strapi }) => strapi.documents('api::place.place').create({ data: { name: 'meanwhile' } }));
    await new Promise((resolve) => setTimeout(resolve, STALE_MS + 500));
    a.resume();
    const { json, headers } = await a.request(LIST);
    expect(headers['x-pfapi-cache']).toMatch(/^miss/);
    expect(json.map(({ name }) => name)).toContain('meanwhile');
  });
});
