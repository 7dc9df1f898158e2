'use strict';

const { createChecker } = require('../support/checker');
const { seedPlaces } = require('../support/checker-paths');
const { formatReport } = require('../support/checker-table');
const { startCluster } = require('../support/cluster');
const { outcomeOf } = require('../support/content');

/** What two servers that know nothing of each other may do. */
const NO_BOUND = Number.MAX_SAFE_INTEGER;

describe('two servers on one PostgreSQL', () => {
  let cluster;
  let first;
  let second;
  let checker;

  beforeAll(async () => {
    cluster = await startCluster({ client: 'postgres', servers: 2, plugin: true });
    [first, second] = cluster.servers;
  });

  afterAll(async () => {
    await checker?.stop();
    await cluster?.close();
  });

  test('both answer from the same database, each from its cache', async () => {
    await first.run(({ strapi }, data) => strapi.documents('api::place.place').create({ data }), {
      name: 'Oslo',
    });
    for (const server of cluster.servers) {
      const path = '/pfapi/find-many/places?filters[name]=Oslo';
      expect((await server.request(path)).json).toMatchObject([{ name: 'Oslo' }]);
      expect(outcomeOf(await server.request(path))).toBe('hit');
    }
    expect(first.pid).not.toBe(second.pid);
  });

  test('run: gives the result back, and errors with the stack of the server', async () => {
    expect(
      await second.run(({ strapi }, { uid }) => strapi.contentType(uid).uid, { uid: 'api::place.place' }),
    ).toBe('api::place.place');
    const failing = first.run(() => {
      throw new TypeError('not like this');
    });
    const error = await failing.catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'TypeError', message: 'server 1: not like this' });
    expect(error.stack).toContain('server-process.js');
  });

  test('a paused server is silent, and a killed one comes back at its address', async () => {
    second.pause();
    await expect(second.request('/_health', { timeout: 200 })).rejects.toThrow('no answer');
    second.resume();
    expect((await second.request('/_health')).status).toBe(204);

    const { url, pid, exited } = second;
    const asked = second.run(() => new Promise(() => {})).catch((error) => error);
    await second.kill();
    expect(await exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect((await asked).message).toContain('SIGKILL');
    await expect(second.request('/_health')).rejects.toThrow('ECONNREFUSED');

    await second.restart();
    expect({ url: second.url, isSame: second.pid === pid }).toEqual({ url, isSame: false });
    expect((await second.request('/_health')).status).toBe(204);
  });

  test('the checker finds no server that is behind itself, and one that fails only when it was told so', async () => {
    const documents = await seedPlaces(first);
    const bounds = { own: 0, others: NO_BOUND };
    checker = createChecker({ servers: cluster.servers, documents, bounds });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    checker.phase('one is killed');
    await checker.expectDown(second, async () => {
      await second.kill();
      await second.restart();
    });
    checker.phase('after');
    checker.healed();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const report = await checker.stop();

    expect(report.records).toEqual({ violations: [], failures: [] });
    expect(report).toMatchObject({ ok: true, worstOwn: 0, backwards: 0 });
    expect(report.heals).toEqual([{ phase: 'after', ms: expect.any(Number) }]);
    expect(report.hits).toBeGreaterThan(100);
    expect(report.acknowledged).toBeGreaterThan(20);
    expect(formatReport(report).split('\n')).toHaveLength(1 + 3 + 1 + 1);
  });
});
