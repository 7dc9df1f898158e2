// Runs every test: installs what is missing, builds the addon, then cargo tests, the protocol model, unit and
// integration tests, and those of several servers at once.
//   node scripts/test.mjs [--only cargo|model|unit|integration|servers] [-- <arguments for jest>]
import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SUITES = ['cargo', 'model', 'unit', 'integration', 'servers'];
const RUST = ['cargo', 'model'];
const isWindows = process.platform === 'win32';
const started = Date.now();
const totals = { passed: 0, failed: 0 };

const seconds = (ms) => `${(ms / 1000).toFixed(1)}s`;
const say = (line) => console.log(line);

function readArguments(argv) {
  const split = argv.indexOf('--');
  const own = split === -1 ? argv : argv.slice(0, split);
  const jestArguments = split === -1 ? [] : argv.slice(split + 1);
  if (own.length === 0) return { only: undefined, jestArguments };
  const [flag, only] = own;
  if (flag !== '--only' || !SUITES.includes(only) || own.length !== 2) {
    console.error(`Usage: node scripts/test.mjs [--only ${SUITES.join('|')}] [-- <arguments for jest>]`);
    process.exit(2);
  }
  return { only, jestArguments };
}

/** Resolves to whether the command succeeded; `onOutput` gets what it wrote to stdout instead of the terminal. */
function run(command, args, onOutput, env = {}) {
  return new Promise((resolve) => {
    const stdio = ['inherit', onOutput ? 'pipe' : 'inherit', 'inherit'];
    const child = spawn(command, args, { cwd: ROOT, stdio, env: { ...process.env, ...env } });
    child.stdout?.setEncoding('utf8').on('data', onOutput);
    child.on('error', (error) => {
      console.error(error.message);
      resolve(false);
    });
    child.on('close', (code) => resolve(code === 0));
  });
}

function isInstallStale() {
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  const wanted = join(ROOT, 'package-lock.json');
  return !existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs;
}

// npm is a .cmd on Windows, which only starts through a shell; the arguments are constant.
const install = () => (isWindows ? run('cmd.exe', ['/d', '/s', '/c', 'npm ci']) : run('npm', ['ci']));

function hasCargo() {
  if (spawnSync('cargo', ['--version']).status === 0) return true;
  console.error(
    'cargo was not found. Install Rust from https://rustup.rs (or your package manager), then run again.',
  );
  return false;
}

const buildAddon = async () => hasCargo() && run(process.execPath, ['scripts/build-native.mjs']);

/** The engine's tests need a Redis server: the machine's, or the one that the integration tests fetch. */
function findRedis() {
  try {
    const { program, env } = require('../tests/support/redis-binaries.js').findRedisServer();
    return { ...env, PFAPI_TEST_REDIS_BIN: program };
  } catch (error) {
    console.error(error.message);
    return null;
  }
}

async function testCargo() {
  const redis = hasCargo() && findRedis();
  if (!redis) return false;
  const args = ['test', '--workspace', '--exclude', 'pfapi-node', '--exclude', 'pfapi-model'];
  return cargo([...args, '--quiet', '--no-fail-fast'], redis, { show: false });
}

/** Every order of steps and faults within small bounds; what was explored is the report. */
const testModel = async () =>
  hasCargo() &&
  cargo(
    ['test', '-p', 'pfapi-model', '--quiet', '--', '--nocapture', '--test-threads=1'],
    {},
    { show: true },
  );

async function cargo(args, env, { show }) {
  let output = '';
  const take = (text) => {
    output += text;
    if (show) process.stdout.write(text);
  };
  const succeeded = await run('cargo', args, take, env);
  for (const [, passed, failed] of output.matchAll(/^test result: .*?(\d+) passed; (\d+) failed/gm)) {
    totals.passed += Number(passed);
    totals.failed += Number(failed);
  }
  if (!succeeded && !show) process.stdout.write(output);
  return succeeded;
}

async function testJest(project, jestArguments) {
  const results = mkdtempSync(join(tmpdir(), 'pfapi-results-'));
  const file = join(results, 'results.json');
  const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  // --selectProjects takes every word up to the next flag, so it must not come last.
  const own = ['-c', 'tests/jest.config.js', '--selectProjects', project, '--json', `--outputFile=${file}`];
  if (project === 'servers') own.push('--runInBand');
  const succeeded = await run(process.execPath, [jest, ...own, ...jestArguments], () => {});
  if (existsSync(file)) {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
      readFileSync(file, 'utf8'),
    );
    totals.passed += numPassedTests;
    // A file that could not even be loaded counts as one failure, else the sum would look clean.
    totals.failed += numFailedTests + numRuntimeErrorTestSuites;
  }
  rmSync(results, { recursive: true, force: true });
  return succeeded;
}

function planSteps({ only, jestArguments }) {
  const suites = only ? [only] : SUITES;
  const needsNode = suites.some((suite) => !RUST.includes(suite));
  const steps = [];
  if (needsNode && isInstallStale()) steps.push(['install packages', install]);
  if (needsNode) steps.push(['build the addon', buildAddon]);
  if (suites.includes('cargo')) steps.push(['cargo tests', testCargo]);
  if (suites.includes('model')) steps.push(['protocol model', testModel]);
  for (const project of suites.filter((suite) => !RUST.includes(suite))) {
    steps.push([`${project} tests`, () => testJest(project, jestArguments)]);
  }
  return steps;
}

function printTable(steps, done) {
  say('\nStep              Result   Time');
  for (const [name] of steps) {
    const { succeeded, time } = done.get(name) ?? {};
    const result = succeeded === undefined ? 'not run' : succeeded ? 'ok' : 'FAILED';
    say(`${name.padEnd(18)}${result.padEnd(9)}${time === undefined ? '' : seconds(time)}`);
  }
  say(`${'all'.padEnd(27)}${seconds(Date.now() - started)}\n`);
}

async function main() {
  const steps = planSteps(readArguments(process.argv.slice(2)));
  const done = new Map();
  let interrupted = false;
  // The terminal sends Ctrl-C to the children too; wait for them to clean up, then print the table.
  process.on('SIGINT', () => (interrupted = true));

  for (const [index, [name, action]] of steps.entries()) {
    say(`[${index + 1}/${steps.length}] ${name} (${seconds(Date.now() - started)} elapsed)`);
    const begun = Date.now();
    const succeeded = (await action()) && !interrupted;
    done.set(name, { succeeded, time: Date.now() - begun });
    say(
      `[${index + 1}/${steps.length}] ${name}: ${succeeded ? 'ok' : 'FAILED'} after ${seconds(Date.now() - begun)}`,
    );
    if (!succeeded) {
      process.exitCode = 1;
      break;
    }
  }
  printTable(steps, done);
  say(`${totals.passed} passed, ${totals.failed} failed`);
}

await main();
