#!/usr/bin/env node
// Everything that can be said about the sources without running the tests. Each step is timed; all of them
// run even when one fails, and the failed ones are listed at the end.
//
//   node scripts/check.mjs                 all steps
//   node scripts/check.mjs prettier tsc    those steps
import { spawnSync } from 'node:child_process';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);

const bin = (file, ...args) => command(process.execPath, [join('node_modules', file), ...args]);
const local = (file, load) => async () =>
  (await load(await import(file))).map((line) => line.replaceAll(`${root}/`, ''));

const steps = {
  fmt: command('cargo', ['fmt', '--all', '--check']),
  clippy: command('cargo', ['clippy', '--workspace', '--all-targets', '--', '-D', 'warnings']),
  doc: command('cargo', ['doc', '--workspace', '--no-deps'], { RUSTDOCFLAGS: '-D warnings' }),
  prettier: bin('prettier/bin/prettier.cjs', '--check', '**/*.{js,mjs,cjs,ts,json,yml,yaml}'),
  tsc: bin('typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit'),
  'catch-unwind': local('./check/catch-unwind.mjs', (it) =>
    it.checkCatchUnwind(join('crates', 'node', 'src')),
  ),
  workflows: local('./check/workflows.mjs', (it) => it.checkWorkflows(join('.github', 'workflows'))),
  targets: local('./check/targets.mjs', (it) => it.checkTargets(root)),
  lockfile: command(process.execPath, [join('scripts', 'complete-lock.mjs'), '--check']),
  loader: command(process.execPath, [join('scripts', 'build-native.mjs'), '--check']),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps[name]);
if (unknown.length > 0) {
  console.error(`no step named ${unknown.join(', ')}; there are: ${Object.keys(steps).join(', ')}`);
  process.exit(2);
}

const failed = [];
for (const [name, run] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const started = Date.now();
  const problems = await run().catch((error) => [String(error.stack ?? error)]);
  const time = `${((Date.now() - started) / 1000).toFixed(1)} s`;
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(14)}${time.padStart(8)}`);
  if (problems.length > 0) {
    failed.push(name);
    console.log(problems.map((text) => text.trimEnd().replace(/^/gm, '    ')).join('\n'));
  }
}
console.log(failed.length === 0 ? 'check: all steps passed' : `check: failed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);

/** A step that runs a program; its output is shown only when it fails. */
function command(program, args, env = {}) {
  return async () => {
    const result = spawnSync(program, args, {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    if (result.status === 0) return [];
    if (result.error)
      return [`${relative(root, program) || program} could not be run: ${result.error.message}`];
    return [`${result.stdout}${result.stderr}`];
  };
}
