// What one call of the native `reply` costs, from JavaScript and without HTTP: `node benches/reply.mjs BYTES SECONDS`.
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { median } from './table.mjs';

const require = createRequire(import.meta.url);
const { loadNative } = require('../strapi/server/engine/native.js');
const { openCache, termsOf } = require('../strapi/server/engine/cache.js');
const { resolveConfig } = require('../strapi/server/config/resolve.js');
const { FetchScope } = require('../strapi/server/reads/scope.js');

const URL = '/pfapi/find-many/big-cities\n{}';
const ROUNDS = 5;
// As many as may come between two turns of the event loop; the buffers of a turn are given back at its end.
const BATCH = 64;

const bytes = Number(process.argv[2] ?? 4096);
const seconds = Number(process.argv[3] ?? 2);
const cache = await filledCache();
const { head } = cache.reply('GET', URL, undefined, undefined, undefined);
const etag = head[head.indexOf('ETag') + 1];

console.log(
  JSON.stringify({
    hit: await timed(() => cache.reply('GET', URL, undefined, undefined, undefined), 200),
    'not modified': await timed(() => cache.reply('GET', URL, undefined, etag, undefined), 304),
    'no entry': await timed(
      () => cache.reply('GET', '/other\n{}', undefined, undefined, undefined),
      undefined,
    ),
  }),
);
process.exit(0);

/** A cache with one answer of that many bytes, as the plugin would fill it. */
async function filledCache() {
  const { native, reason } = loadNative();
  if (!native) throw new Error(reason);
  const project = { config: { get: () => undefined }, dirs: { app: { root: 'bench' } } };
  // There is no database whose outbox could prove that nothing is missed.
  const config = resolveConfig({ outbox: { enabled: false } });
  const opened = openCache(native, project, config);
  const scope = new FetchScope();
  scope.list('api::city.city');
  for (let id = 0; id < 25; id += 1) scope.document('api::city.city', `c${id}`);
  const observed = JSON.stringify(scope);
  opened.beginAudience().remember(undefined, 'public', true, observed, 600_000);
  const source = opened.source(
    { name: 'bench', canonicalQuery: true, ignored: null, ...termsOf(config.terms) },
    async () => ({
      body: Buffer.alloc(bytes, 'x'),
      contentType: 'application/json; charset=utf-8',
      observed,
    }),
  );
  await source.answer({ method: 'GET', url: URL, trace: config.outcomeHeader }, '{}', 'public', true);
  return opened;
}

async function timed(call, status) {
  const samples = [];
  await run(call, status, seconds / ROUNDS);
  for (let round = 0; round < ROUNDS; round += 1) samples.push(await run(call, status, seconds / ROUNDS));
  return { nanoseconds: median(samples), samples };
}

/** Nanoseconds per call, with all that comes after it: collecting garbage, giving buffers back. */
async function run(call, status, forSeconds) {
  const started = performance.now();
  let calls = 0;
  let now = started;
  while (now - started < forSeconds * 1000) {
    for (let i = 0; i < BATCH; i += 1) {
      if (call()?.status !== status) throw new Error(`not an answer of status ${status}`);
    }
    calls += BATCH;
    await turn();
    now = performance.now();
  }
  return ((now - started) * 1e6) / calls;
}
