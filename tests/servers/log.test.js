'use strict';

// Three servers, one PostgreSQL, one Redis: what is written through one is seen through the others.
const { startCluster } = require('../support/cluster');
const { outcomeOf } = require('../support/content');
const { bestLag } = require('../support/lag');
const { startRedis } = require('../support/redis');

const LIST = '/pfapi/find-many/places?sort=id';
const WRITES = 100;
/** As short as it goes beside a Redis. */
const STALE_MS = 2000;
/** From the writer's answer to the first read elsewhere that shows it. */
const HOP_P99_MS = 50;

let redis;
let cluster;
let a;
let b;
let c;

beforeAll(async () => {
  redis = await startRedis();
  cluster = await startCluster({
    servers: 3,
    plugin: { redis: { url: redis.url }, outbox: { pollInterval: 500 }, maxStaleOffline: STALE_MS },
  });
  [a, b, c] = cluster.servers;
});

afterAll(async () => {
  await cluster?.close();
  await redis?.close();
});

const create = (server, name) =>
  server.run(({ strapi }, data) => strapi.documents('api::place.place').create({ data }), { name });

const names = async (server, path = LIST) => {
  const answer = await server.request(path);
  expect(answer.status).toBe(200);
  return { names: [answer.json].flat().map(({ name }) => name), outcome: answer.headers['x-pfapi-cache'] };
};

const stats = (server) => server.run(({ strapi }) => strapi.plugin('pfapi').service('cache').stats());

const eventually = async (check, limit = 3000) => {
  const until = Date.now() + limit;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
};

test('all are online, in one epoch', async () => {
  const all = await Promise.all(cluster.servers.map(stats));
  for (const { log } of all) expect(log).toMatchObject({ online: true, breaker: 'closed', redisFault: null });
  expect(new Set(all.map(({ log }) => log.epoch)).size).toBe(1);
});

test('a write here evicts there', async () => {
  await create(a, 'first');
  await eventually(async () => expect((await names(b)).names).toEqual(['first']));
  expect((await names(b)).outcome).toMatch(/^hit; reason=local/);
  await create(c, 'second');
  await eventually(async () => expect((await names(b)).names).toEqual(['first', 'second']));
});

test('what one has fetched the others take from Redis', async () => {
  const path = `${LIST}&filters[name][$ne]=nobody`;
  expect((await names(a, path)).outcome).toMatch(/^miss/);
  await eventually(async () => expect((await stats(a)).shared.written).toBeGreaterThan(0));
  const fetched = await b.run(() => 0).then(() => names(b, path));
  expect(fetched.outcome).toMatch(/^hit; reason=redis; age=\d+$/);
  expect((await names(b, path)).outcome).toMatch(/^hit; reason=local/);
  // And it dies there as if it had been fetched there.
  await create(c, 'third');
  await eventually(async () => expect((await names(b, path)).names).toContain('third'));
});

test('a value in Redis from before a write is not believed by the server that wrote', async () => {
  const path = `${LIST}&filters[name][$ne]=no-one`;
  await names(b, path);
  await eventually(async () => expect(outcomeOf(await c.request(path))).toBe('hit'));
  await create(a, 'fourth');
  // Not `eventually`: its own writes a server shows at once.
  expect((await names(a, path)).names).toContain('fourth');
});

test('of many that ask at once, on all servers, one fetches', async () => {
  for (const server of cluster.servers) {
    await server.run(({ strapi }) => {
      const { entityManager } = strapi.db;
      const original = entityManager.findMany;
      globalThis.reads = 0;
      entityManager.findMany = async function slow(uid, ...args) {
        if (uid === 'api::place.place') {
          globalThis.reads += 1;
          await new Promise((resolve) => setTimeout(resolve, 300));
        }
        return original.call(this, uid, ...args);
      };
      globalThis.restoreReads = () => {
        entityManager.findMany = original;
      };
    });
  }
  const path = `${LIST}&filters[name][$ne]=herd`;
  // So that the look-up of the audience is not what they wait for.
  await Promise.all(cluster.servers.map((server) => names(server, '/pfapi/get-count/places')));
  const asked = cluster.servers.flatMap((server) => Array.from({ length: 20 }, () => names(server, path)));
  const answers = await Promise.all(asked);
  expect(new Set(answers.map((answer) => answer.names.join())).size).toBe(1);
  const reads = await Promise.all(
    cluster.servers.map((server) =>
      server.run(() => {
        globalThis.restoreReads();
        return globalThis.reads;
      }),
    ),
  );
  expect(reads.reduce((sum, count) => sum + count)).toBe(1);
});

test('permissions are revoked everywhere', async () => {
  await eventually(async () => expect(outcomeOf(await b.request(LIST))).toBe('hit'));
  await a.run(async ({ strapi }) => {
    const role = await strapi.db
      .query('plugin::users-permissions.role')
      .findOne({ where: { type: 'public' } });
    await strapi.db
      .query('plugin::users-permissions.permission')
      .deleteMany({ where: { role: role.id, action: 'api::place.place.find' } });
  });
  expect((await a.request(LIST)).status).toBe(403);
  await eventually(async () => expect((await b.request(LIST)).status).toBe(403));
  await a.run(async ({ strapi, require }) => {
    await require('./access').createAccess(strapi).grantPublic(['api::place.place.find']);
  });
  await eventually(async () => expect((await c.request(LIST)).status).toBe(200));
});

test(`a write is seen on another server within ${HOP_P99_MS} ms, 99 times of 100`, async () => {
  const { documentId } = await create(a, '0');
  const best = await bestLag({ writer: a, reader: b, documentId, writes: WRITES, limit: HOP_P99_MS });
  console.log(`write on one server to read on another, ${WRITES} writes: ${best.text}`);
  expect(best.p99).toBeLessThan(HOP_P99_MS);
});

test('one write costs one round trip to Redis', async () => {
  const { documentId } = await create(a, 'counted');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const before = await stats(a);
  for (let i = 0; i < 20; i += 1) {
    await a.run(({ strapi }, data) => strapi.documents('api::place.place').update(data), {
      documentId,
      data: { name: `counted ${i}` },
    });
  }
  const after = await stats(a);
  expect(after.log.published - before.log.published).toBe(20);
});

test('without a sign of life nothing is believed that Redis holds', async () => {
  const path = `${LIST}&filters[name][$ne]=silent`;
  await names(a, path);
  await eventually(async () => expect(outcomeOf(await b.request(path))).toBe('hit'));
  // Values and changes still come and go; only the log cannot be read any more.
  await redis.cli('ACL', 'SETUSER', 'default', '-xread');
  try {
    await eventually(async () => expect((await stats(b)).log.online).toBe(false), 2 * STALE_MS);
    await create(a, 'in the silence');
    for (let i = 0; i < 5; i += 1) {
      const { outcome, names: seen } = await names(b, path);
      expect(outcome).toMatch(/^miss; reason=offline/);
      expect(seen).toContain('in the silence');
    }
  } finally {
    await redis.cli('ACL', 'SETUSER', 'default', '+xread');
  }
  await eventually(async () => expect(outcomeOf(await b.request(path))).toBe('hit'), 10_000);
});

test('an entry that cannot be read does not stop the log for good', async () => {
  const [key] = (await redis.cli('KEYS', '*:log')) ?? [];
  await redis.cli('XADD', key, '*', 'nobody', 'knows');
  await eventually(async () => {
    const all = await Promise.all(cluster.servers.map(stats));
    expect(all.some(({ log }) => log.epochs.damaged > 0)).toBe(true);
    for (const { log } of all) expect(log).toMatchObject({ online: true, redisFault: null, pending: 0 });
  }, 15_000);
  await create(a, 'afterwards');
  await eventually(async () => expect((await names(b)).names).toContain('afterwards'));
});

test('keys are below the namespace, and go by themselves', async () => {
  const keys = await redis.cli('KEYS', '*');
  expect(keys.length).toBeGreaterThan(3);
  for (const key of keys) {
    expect(key).toMatch(/^\{?pfapi:/);
    const ttl = await redis.cli('TTL', key);
    // -1: it would stay for ever. It may have gone meanwhile.
    if (!/:(log|beat|epoch)$/.test(key)) expect({ key, ttl }).not.toEqual({ key, ttl: -1 });
  }
});
