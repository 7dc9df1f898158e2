'use strict';

// Two servers, PostgreSQL, Redis, load from outside, and one fault after the other. A checker reads through both servers
// all the time and compares with what has been acknowledged. PFAPI_FAULTS=long: the times of the README, and more rounds.
const { setTimeout: sleep } = require('timers/promises');
const { createChecker } = require('../support/checker');
const { seedPlaces } = require('../support/checker-paths');
const { formatReport } = require('../support/checker-table');
const { startCluster } = require('../support/cluster');
const { faultsOf } = require('../support/faults');
const { startProxy } = require('../support/proxy');
const { startRedis } = require('../support/redis');

const LONG = process.env.PFAPI_FAULTS === 'long';
const ROUNDS = LONG ? Number(process.env.PFAPI_FAULT_ROUNDS ?? 3) : 1;
const TIMES = LONG
  ? { outage: 10_000, stop: 10_000, cut: 15_000, pause: 30_000 }
  : { outage: 4000, stop: 4000, cut: 4000, pause: 4000 };
/** As short as it goes in the short series; the default in the long one. */
const STALE_MS = LONG ? 5000 : 2000;
const POLL_MS = LONG ? 1500 : 500;
/** Without a fault: a hop through the log, on a machine that does many things at once. */
const HEALTHY_MS = 1000;
/** A breaker waits for up to 5 s before it tries again, then a heartbeat has to come back. */
const HEAL_MS = 10_000;

let redis;
let proxies;
let cluster;
let checker;

beforeAll(async () => {
  redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  proxies = await Promise.all([0, 1].map(() => startProxy({ to: redis.port })));
  cluster = await startCluster({
    servers: 2,
    plugin: (index) => ({
      redis: { url: `redis://127.0.0.1:${proxies[index].port}` },
      outbox: { pollInterval: POLL_MS },
      maxStaleOffline: STALE_MS,
    }),
  });
});

afterAll(async () => {
  await checker?.stop();
  await cluster?.close();
  await Promise.all((proxies ?? []).map((proxy) => proxy.close()));
  await redis?.close();
});

const statsOf = (server) => server.run(({ strapi }) => strapi.plugin('pfapi').service('cache').stats());

test(
  'no request fails, no answer is older than it may be, and everything heals',
  async () => {
    const { servers } = cluster;
    const documents = await seedPlaces(servers[0]);
    const healthy = { own: 0, others: HEALTHY_MS };
    const faulty = { own: 0, others: STALE_MS };
    checker = createChecker({ servers, documents, bounds: healthy });
    const world = { redis, servers, proxies, checker, times: TIMES };
    await sleep(2000);
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const [name, strike] of faultsOf(world)) {
        checker.phase(name, faulty);
        await strike();
        checker.healed();
        await untilHealed();
        checker.phase('healthy', healthy);
        await sleep(1000);
      }
    }
    const report = await checker.stop();
    console.log(`${ROUNDS * faultsOf(world).length} faults\n${formatReport(report)}`);
    expect(report.records).toEqual({ violations: [], failures: [] });
    expect(report.ok).toBe(true);
    expect(report.heals.length).toBe(ROUNDS * faultsOf(world).length);
    for (const { ms } of report.heals) expect(ms).toBeLessThan(HEAL_MS);
    // The cache was of use, not only out of the way.
    expect(report.hits / report.reads).toBeGreaterThan(0.3);
    // What was announced goes when everyone has seen it; nothing is kept for ever.
    const [{ log }] = await Promise.all(servers.map(statsOf));
    expect(log).toMatchObject({ online: true, pending: 0, redisFault: null, outboxFault: null });
  },
  LONG ? 3_600_000 : 240_000,
);

async function untilHealed() {
  const until = Date.now() + 2 * HEAL_MS;
  while (Date.now() < until) {
    const stats = await Promise.all(cluster.servers.map(statsOf));
    if (stats.every(({ log }) => log.online && log.pending === 0)) return;
    await sleep(100);
  }
}
