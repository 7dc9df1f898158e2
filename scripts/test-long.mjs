#!/usr/bin/env node
// The long series, run by hand and quoted when something is released: property tests with many more cases, and the
// race tests many times over. Needs Node >= 20 and Rust, nothing else.
//
//   npm run test:long
//   PFAPI_LONG_CASES=100000 PFAPI_LONG_ROUNDS=50 npm run test:long
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cases = process.env.PFAPI_LONG_CASES ?? '20000';
const rounds = Number(process.env.PFAPI_LONG_ROUNDS ?? 20);

let failed = 0;
step(`property tests, ${cases} cases each`, ['test', '--release', '-p', 'pfapi-core'], {
  PROPTEST_CASES: cases,
});
const races = ['test', '--release', '-p', 'pfapi-engine'];
for (let round = 1; round <= rounds; round += 1) step(`race tests, round ${round} of ${rounds}`, races, {});
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${rounds + 1 - failed} passed, ${failed} failed`);

function step(name, args, env) {
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync('cargo', [...args, '--quiet'], {
    cwd: root,
    env: { ...process.env, RUST_BACKTRACE: '0', ...env },
    encoding: 'utf8',
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name}  (${seconds} s)`);
  if (status === 0) return;
  failed += 1;
  console.log(stdout, stderr);
}
