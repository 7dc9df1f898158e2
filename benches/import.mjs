#!/usr/bin/env node
// What an import costs with the plugin and without: the same rows, by three roads, into two databases side by side.
//
//   npm run bench:import                      100,000 rows by each road
//   npm run bench:import -- --rows 5000       fewer
//   npm run bench:import -- --client sqlite   on SQLite; PostgreSQL is the default
//   npm run bench:import -- --redis           with a Redis beside
//
// Needs PostgreSQL and, if asked for, Redis; both are found or fetched as the tests do it. Rows go in turns of a
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

const named = (from, count) => Array.from({ length: count }, (_, i) => ({ name: `row ${from + i}` }));

const ROADS = {
  'createMany, 500 rows each': async (strapi, from, count) => {
    for (let at = 0; at < count; at += BATCH) {
      await strapi.db.query(UID).createMany({ data: named(from + at, Math.min(BATCH, count - at)) });
    }
  },
  'Query Engine, row by row': async (strapi, from, count) => {
    for (const data of named(from, count)) await strapi.db.query(UID).create({ data });
  },
  'Document Service, row by row': async (strapi, from, count) => {
    for (const data of named(from, count)) await strapi.documents(UID).create({ data });
  },
};

const seconds = (ms) => (ms / 1000).toFixed(1).padStart(7);

async function main() {
  const { startPostgres } = require('../tests/support/postgres.js');
  const { bootStrapi } = require('../tests/support/strapi.js');
  const postgres = values.client === 'postgres' ? await startPostgres() : null;
  if (postgres) {
    const { host, port, user, password } = postgres;
    process.env.PFAPI_TEST_POSTGRES = JSON.stringify({ host, port, user, password });
  }
  const redis = values.redis ? await require('../tests/support/redis.js').startRedis() : null;
  const plugin = redis ? { redis: { url: redis.url } } : true;
  const without = await bootStrapi({ client: values.client, plugin: false });
  const withPlugin = await bootStrapi({ client: values.client, plugin });
  const results = [];
  console.log(`${ROWS} rows by each road, ${values.client}${redis ? ' and Redis' : ''}`);
  for (const [road, run] of Object.entries(ROADS)) {
    const spent = { without: 0, with: 0 };
    const share = Math.ceil(ROWS / ROUNDS);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, app] of [
        ['without', without],
        ['with', withPlugin],
      ]) {
        const started = performance.now();
        await run(app.strapi, round * share, Math.min(share, ROWS - round * share));
        spent[name] += performance.now() - started;
      }
      process.stderr.write(`  ${road}: ${round + 1} of ${ROUNDS}\r`);
    }
    const ratio = spent.with / spent.without;
    results.push({ road, ...spent, ratio });
    const verdict = ratio <= BAR ? '' : `  above ${BAR}`;
    console.log(
      `${road.padEnd(30)} without ${seconds(spent.without)} s   with ${seconds(spent.with)} s   × ${ratio.toFixed(2)}${verdict}`,
    );
  }
  if (values.json) console.log(JSON.stringify(results));
  await without.close();
  await withPlugin.close();
  await redis?.close();
  await postgres?.stop();
  process.exit(results.every(({ ratio }) => ratio <= BAR) ? 0 : 1);
}

await main();
