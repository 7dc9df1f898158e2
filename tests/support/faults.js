'use strict';

// The faults that several servers on one Redis have to live with: what is done, for how long, and to whom.
const { setTimeout: sleep } = require('timers/promises');

/** Ends a server's process at the worst moment: its next transaction is committed, and nobody has been told. */
const dieAfterCommit = (server) =>
  server.run(({ strapi }) => {
    const { prototype } = strapi.db.connection.client.constructor;
    const original = prototype._query;
    const writers = new WeakSet();
    prototype._query = async function query(connection, asked) {
      if (/^(insert into|update) .?"?places/i.test(asked.sql)) writers.add(connection);
      const result = await original.call(this, connection, asked);
      if (writers.has(connection) && /^commit/i.test(asked.sql)) process.kill(process.pid, 'SIGKILL');
      return result;
    };
  });

/** Polls read this table, and writers do not. */
const lockState = (server) =>
  server.run(async ({ strapi }) => {
    globalThis.stateLock = await strapi.db.connection.transaction();
    await globalThis.stateLock.raw('lock table pfapi_state in access exclusive mode');
  });

const unlockState = (server) => server.run(() => globalThis.stateLock.rollback().then(() => null));

/**
 * @param {object} world
 * @param {any} world.redis @param {any[]} world.servers @param {any[]} world.proxies one before each server's Redis
 * @param {any} world.checker
 * @param {{ outage: number, stop: number, cut: number, pause: number }} world.times in ms
 * @returns {[string, () => Promise<void>][]} each fault is over when its promise resolves
 */
exports.faultsOf = ({ redis, servers, proxies, checker, times }) => {
  const [first, second] = servers;
  return [
    [
      'Redis is killed, and comes back with its data',
      async () => {
        await redis.kill();
        await sleep(times.outage);
        await redis.restart({ empty: false });
      },
    ],
    [
      'Redis is killed, and comes back empty',
      async () => {
        await redis.kill();
        await sleep(times.outage / 4);
        await redis.restart({ empty: true });
      },
    ],
    [
      'Redis hangs',
      async () => {
        redis.stopProcess();
        await sleep(times.stop);
        redis.continueProcess();
      },
    ],
    [
      'one server is cut off from Redis, and takes writes',
      async () => {
        proxies[0].cut();
        await sleep(times.cut);
        await proxies[0].restore();
      },
    ],
    [
      'one server hears nothing of Redis, which hears it',
      async () => {
        proxies[1].hold('down');
        await sleep(times.cut);
        await proxies[1].restore();
      },
    ],
    [
      'one server is cut off from Redis while nobody can read the outbox',
      async () => {
        await lockState(second);
        proxies[0].cut();
        await sleep(times.cut);
        await proxies[0].restore();
        await unlockState(second);
      },
    ],
    [
      'a server is killed between COMMIT and publishing',
      () =>
        checker.expectDown(
          second,
          async () => {
            await dieAfterCommit(second);
            await second.exited;
            await second.restart();
          },
          { underLoad: true },
        ),
    ],
    [
      'a server is paused, and goes on',
      () =>
        // Under load: what was asked while it slept is answered first of all, with what it remembers.
        checker.expectDown(
          first,
          async () => {
            first.pause();
            await sleep(times.pause);
            first.resume();
          },
          { underLoad: true },
        ),
    ],
  ];
};
