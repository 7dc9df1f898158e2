#!/usr/bin/env node
// What an import costs with the plugin and without: the same rows, by three roads, into two databases side by side.
//
//   npm run bench:import                      100,000 rows by each road
//   npm run bench:import -- --rows 5000       fewer
//   npm run bench:import -- --client sqlite   on SQLite; PostgreSQL is the default
//   npm run bench:import -- --redis           with a Redis beside
//
// Needs PostgreSQL and, if asked for, Redis; both are found or fetched as the tests do it. PostgreSQL runs with its
// defaults: a COMMIT waits for the disk. Rows go in turns of a
// fifth, first without the plugin and then with it, so that what else the machine does falls on both.
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    client: { type: 'string', default: 'postgres' },
    redis: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const ROWS = Number(values.rows);
const ROUNDS = 5;
const BATCH = 500;
/** The bar: with the plugin an import takes at most so many times as long. */
const BAR = 1.3;
const UID = 'api::place.place';

/** Runs in the server: it sees nothing of this file. Gives the milliseconds it took. */
async function importRows({ strapi }, { road, uid, batch, from, count }) {
  const named = (at, howMany) => Array.from({ length: howMany }, (_, i) => ({ name: `row ${at + i}` }));
  const roads = {
    async many() {
      for (let at = 0; at < count; at += batch) {
        await strapi.db.query(uid).createMany({ data: named(from + at, Math.min(batch, count - at)) });
      }
    },
    async query() {
      for (const data of named(from, count)) await strapi.db.query(uid).create({ data });
    },
    async documents() {
      for (const data of named(from, count)) await strapi.documents(uid).create({ data });
    },
  };
  const started = performance.now();
  await roads[road]();
  return performance.now() - started;
}

const ROADS = {
  many: `createMany, ${BATCH} rows each`,
  query: 'Query Engine, row by row',
  documents: 'Document Service, row by row',
};

const seconds = (ms) => (ms / 1000).toFixed(1).padStart(7);

async function main() {
  const { startPostgres } = require('../tests/support/postgres.js');
  const { createDatabaseEnv } = require('../tests/support/databases.js');
  const { createRunDirectory } = require('../tests/support/guarded.js');
  const { startServer } = require('../tests/support/servers.js');
  const postgres = values.client === 'postgres' ? await startPostgres({ durable: true }) : null;
  if (postgres) {
    const { host, port, user, password } = postgres;
    process.env.PFAPI_TEST_POSTGRES = JSON.stringify({ host, port, user, password });
  }
  const redis = values.redis ? await require('../tests/support/redis.js').startRedis() : null;
  const boot = async (name, plugin) => {
    const databaseEnv = await createDatabaseEnv(values.client, createRunDirectory('pfapi-import-'));
    return startServer({ name, databaseEnv, plugin });
  };
  const servers = {
    without: await boot('without', false),
    with: await boot('with', redis ? { redis: { url: redis.url } } : true),
  };
  const results = [];
  console.log(`${ROWS} rows by each road, ${values.client}${redis ? ' and Redis' : ''}`);
  for (const [road, name] of Object.entries(ROADS)) {
    const spent = { without: 0, with: 0 };
    const count = Math.ceil(ROWS / ROUNDS);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [which, server] of Object.entries(servers)) {
        const from = round * count;
        spent[which] += await server.run(importRows, { road, uid: UID, batch: BATCH, from, count });
      }
      process.stderr.write(`  ${name}: ${round + 1} of ${ROUNDS}\r`);
    }
    const ratio = spent.with / spent.without;
    results.push({ road: name, ...spent, ratio });
    const verdict = ratio <= BAR ? '' : `  above ${BAR}`;
    console.log(
      `${name.padEnd(30)} without ${seconds(spent.without)} s   with ${seconds(spent.with)} s   × ${ratio.toFixed(2)}${verdict}`,
    );
  }
  if (values.json) console.log(JSON.stringify(results));
  for (const server of Object.values(servers)) await server.close();
  await redis?.close();
  await postgres?.stop();
  process.exit(results.every(({ ratio }) => ratio <= BAR) ? 0 : 1);
}

await main();
