#!/usr/bin/env node
// Builds the native addon into native/: the .node file (git-ignored), the loader and its types (both
// committed, written by @napi-rs/cli alone and never edited or reformatted, so that anyone who builds
// gets the same bytes).
//
//   node scripts/build-native.mjs            release build; does nothing when the last one is current
//   node scripts/build-native.mjs --debug    quick build, without optimisation
//   node scripts/build-native.mjs --check    fails when the committed loader differs from a fresh one
//
// --target, --use-napi-cross and --cross-compile are handed on to `napi build` (release workflow).
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const nativeDir = join(root, 'native');
const stampFile = join(nativeDir, '.cache', 'build.json');
const generated = ['binding.js', 'binding.d.ts'];

const { values: options } = parseArgs({
  options: {
    debug: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    target: { type: 'string' },
    'use-napi-cross': { type: 'boolean', default: false },
    'cross-compile': { type: 'boolean', default: false },
  },
});

const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const lastBuild = readStamp();
// A check compares generated text, which no profile changes: take the profile that is built already.
const profile = options.debug ? 'debug' : options.check ? (lastBuild?.profile ?? 'release') : 'release';
const started = Date.now();

if (options.check) check();
else if (isCurrent()) report(`native/${lastBuild.file} is current (${profile})`);
else build();

function build() {
  report(`building ${profile}${options.target ? ` for ${options.target}` : ''} ...`);
  runNapi(nativeDir);
  const file = newestAddon(nativeDir);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, JSON.stringify({ ...stampKey(), file, started }) + '\n');
  report(`native/${file} (${profile}) in ${seconds()}`);
}

function check() {
  const fresh = mkdtempSync(join(tmpdir(), 'pfapi-loader-'));
  try {
    runNapi(fresh);
    const stale = generated.filter((name) => read(join(fresh, name)) !== read(join(nativeDir, name)));
    if (stale.length > 0) {
      const names = stale.map((name) => `native/${name}`).join(' and ');
      fail(`${names} differ from what the sources generate: run \`node scripts/build-native.mjs\`, commit`);
    }
    report(`the committed loader is what the sources generate, ${seconds()}`);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function runNapi(outputDir) {
  if (spawnSync('cargo', ['--version']).error) {
    fail('cargo was not found. The addon is written in Rust: install a toolchain (rustup), then try again.');
  }
  const args = [join(packageFolder('@napi-rs/cli'), 'dist', 'cli.js'), 'build', '--platform'];
  args.push('--manifest-path', join('crates', 'node', 'Cargo.toml'), '--output-dir', outputDir);
  args.push('--js', generated[0], '--dts', generated[1]);
  if (profile === 'release') args.push('--release');
  if (options.target) args.push('--target', options.target);
  if (options['use-napi-cross']) args.push('--use-napi-cross');
  if (options['cross-compile']) args.push('--cross-compile');
  // What is released must come from the committed Cargo.lock; at a desk cargo may still write it.
  if (process.env.CI) args.push('--', '--locked');
  const result = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    fail(`the build failed after ${seconds()}`);
  }
}

// Cargo knows better what is current, but asking it takes a second, and tests ask often.
function isCurrent() {
  if (!lastBuild || !existsSync(join(nativeDir, lastBuild.file))) return false;
  if (generated.some((name) => !existsSync(join(nativeDir, name)))) return false;
  if (Object.entries(stampKey()).some(([key, value]) => lastBuild[key] !== value)) return false;
  return newestSource() < lastBuild.started;
}

// The loader carries name and version of the package, so a new version is a new build.
function stampKey() {
  const { name, version, napi } = packageJson;
  const flags = `${options['use-napi-cross']} ${options['cross-compile']}`;
  return { profile, target: options.target ?? 'host', flags, package: JSON.stringify([name, version, napi]) };
}

function newestSource() {
  const crates = join(root, 'crates');
  const files = readdirSync(crates, { recursive: true }).map((name) => join(crates, name));
  files.push(join(root, 'Cargo.toml'), join(root, 'Cargo.lock'));
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

function newestAddon(folder) {
  const addons = readdirSync(folder).filter((name) => name.endsWith('.node'));
  const time = (name) => statSync(join(folder, name)).mtimeMs;
  return addons.sort((a, b) => time(b) - time(a))[0];
}

function packageFolder(name) {
  try {
    const require = createRequire(import.meta.url);
    return join(dirname(require.resolve(name)), '..');
  } catch {
    return fail(`${name} is not installed: run \`npm ci\` first`);
  }
}

function readStamp() {
  const text = read(stampFile);
  try {
    return text && JSON.parse(text);
  } catch {
    return undefined;
  }
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function seconds() {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

function report(message) {
  console.log(`build-native: ${message}`);
}

function fail(message) {
  console.error(`build-native: ${message}`);
  process.exit(1);
}
