#!/usr/bin/env node
// The long series, run by hand and quoted when something is released: property tests with many more cases, the race
// tests many times over, the protocol's model with large bounds, random writes with cached and uncached answers compared
// after each, and faults under load with a checker from outside. Needs Node >= 20,
// Rust and PostgreSQL; the addon as it was built last is what the comparison tests.
//
//   npm run test:long
//   PFAPI_LONG_CASES=100000 PFAPI_LONG_ROUNDS=50 PFAPI_LONG_STEPS=10000 PFAPI_LONG_SEEDS=7,8 npm run test:long
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cases = process.env.PFAPI_LONG_CASES ?? '20000';
const rounds = Number(process.env.PFAPI_LONG_ROUNDS ?? 20);

const steps = process.env.PFAPI_LONG_STEPS ?? '3000';
const faultRounds = process.env.PFAPI_LONG_FAULTS ?? '3';
// Others with each run, and printed: a series that fails can be run again.
const seeds =
  process.env.PFAPI_LONG_SEEDS?.split(',') ?? [1, 2, 3].map((n) => String((Date.now() + n) % 1e6));

let passed = 0;
let failed = 0;
const cargo = (name, args, env) => step(name, 'cargo', [...args, '--quiet'], env);
cargo(`property tests, ${cases} cases each`, ['test', '--release', '-p', 'pfapi-core'], {
  PROPTEST_CASES: cases,
});
const { program, env: libraries } = createRequire(import.meta.url)(
  '../tests/support/redis-binaries.js',
).findRedisServer();
const withRedis = { ...libraries, PFAPI_TEST_REDIS_BIN: program };
const races = ['test', '--release', '-p', 'pfapi-engine'];
for (let round = 1; round <= rounds; round += 1)
  cargo(`race tests, round ${round} of ${rounds}`, races, withRedis);
const model = ['run', '--release', '-p', 'pfapi-model', '--', '--large'];
step('protocol model, large bounds and random walks', 'cargo', model, {}, { show: true });
const jest = join('node_modules', 'jest', 'bin', 'jest.js');
const differential = ['-c', 'tests/jest.config.js', '--testPathPatterns', 'integration/differential'];
for (const seed of seeds) {
  step(`${steps} random writes on each database, seed ${seed}`, process.execPath, [jest, ...differential], {
    PFAPI_DIFF_STEPS: steps,
    PFAPI_DIFF_SEED: seed,
  });
}
const faults = ['-c', 'tests/jest.config.js', '--testPathPatterns', 'tests/servers/faults'];
const faultTimes = { PFAPI_FAULTS: 'long', PFAPI_FAULT_ROUNDS: faultRounds };
step(`faults under load, ${faultRounds} rounds`, process.execPath, [jest, ...faults], faultTimes, {
  show: true,
});
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed`);

function step(name, program, args, env, { show = false } = {}) {
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    env: { ...process.env, RUST_BACKTRACE: '0', ...env },
    encoding: 'utf8',
    maxBuffer: Infinity,
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name}  (${seconds} s)`);
  if (status === 0) {
    passed += 1;
    if (show) console.log(stdout, stderr);
    return;
  }
  failed += 1;
  console.log(stdout, stderr);
}
