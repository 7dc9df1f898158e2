#!/usr/bin/env node
// Installs the plugin as a user gets it: packs the root and the platform package, installs both tarballs
// into a new Strapi project outside this repository, and asks the running site over HTTP. Then once more
// with the platform package gone: the site must answer all the same, uncached.
//
//   node scripts/pack-check.mjs               a new folder, removed at the end
//   node scripts/pack-check.mjs --dir <dir>   that folder, kept: the next run installs in seconds
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installProject, writeProject } from './pack-check/project.mjs';
import { boot } from './pack-check/server.mjs';
import { packPlatform, packRoot } from './pack-check/tarballs.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values: options } = parseArgs({ options: { dir: { type: 'string' } } });
const folder = options.dir ? resolve(options.dir) : mkdtempSync(join(tmpdir(), 'pfapi-pack-check-'));
mkdirSync(folder, { recursive: true });
assert(
  relative(root, folder).startsWith('..'),
  'the project must be outside the repository: imports would find it',
);

const LIST = '/pfapi/find-many/notes';

let failure;
let server;
try {
  await step('the addon is built', () => {
    const built = spawnSync(process.execPath, [join(root, 'scripts', 'build-native.mjs')], {
      stdio: 'inherit',
    });
    assert.equal(built.status, 0, 'build-native failed');
  });
  const main = await step('the root package is complete and has no binary', () => packRoot(root, folder));
  const platform = await step('the platform package carries the binary', () => packPlatform(root, folder));
  await step('a new project installs both', () => {
    writeProject(folder, root, [main, platform]);
    installProject(folder);
  });

  server = await step('the project boots', () => boot(folder));
  await step('a first GET is a miss', () => expectList('first', /^miss\b/));
  await step('a second GET is a hit', () => expectList('first', /^hit\b/));
  await step('after an edit through REST a GET shows the new title', async () => {
    await editNote('second');
    await expectList('second', /^(?!hit\b)/);
  });
  await step('and is a hit again', () => expectList('second', /^hit\b/));
  await step('the project stops', () => server.stop());

  const { name } = platform;
  await step(`${name} is taken away`, () => rmSync(join(folder, 'node_modules', name), { recursive: true }));
  server = await step('the project boots', () => boot(folder));
  await step('a GET is answered past the cache', () =>
    expectList('second', /^bypass; reason=addon-missing$/),
  );
  await step('an edit shows at once', async () => {
    await editNote('third');
    await expectList('third', /^bypass; reason=addon-missing$/);
  });
  await step('exactly one log line says why', () => {
    const lines = server.log().split('\n');
    const found = lines.filter((line) => line.includes('PFAPI_ADDON_MISSING'));
    assert.equal(found.length, 1, `lines with PFAPI_ADDON_MISSING:\n${found.join('\n') || '(none)'}`);
  });
} catch (error) {
  failure = error;
}

if (failure && server) console.error(`\nWhat the site printed:\n${server.log()}`);
await server?.stop();
if (!options.dir) rmSync(folder, { recursive: true, force: true });
if (failure) console.error(`\npack-check: ${failure.message ?? failure}`);
console.log(failure ? 'pack-check: failed' : 'pack-check: passed');
process.exit(failure ? 1 : 0);

async function step(name, run) {
  const started = Date.now();
  try {
    const result = await run();
    console.log(`ok      ${name}  (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    console.log(`FAILED  ${name}`);
    throw error;
  }
}

async function expectList(title, cache) {
  const response = await fetch(server.url + LIST);
  const text = await response.text();
  assert.equal(response.status, 200, `GET ${LIST} answered ${response.status}: ${text}`);
  assert.deepEqual(titlesIn(JSON.parse(text)), [title], `GET ${LIST} answered ${text}`);
  assert.match(response.headers.get('x-pfapi-cache') ?? '(absent)', cache, 'X-Pfapi-Cache');
}

// The list itself, or an object that holds it: either way there is one note.
function titlesIn(body) {
  const list = Array.isArray(body) ? body : (body.items ?? body.data);
  return list?.map((note) => note.title);
}

async function editNote(title) {
  const { token, documentId } = JSON.parse(readFileSync(join(folder, '.tmp', 'made-at-boot.json'), 'utf8'));
  const response = await fetch(`${server.url}/api/notes/${documentId}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ data: { title } }),
  });
  assert.equal(response.status, 200, `PUT answered ${response.status}: ${await response.text()}`);
}
