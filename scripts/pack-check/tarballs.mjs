// Packs what npm would publish, and looks into it. Packing happens in a copy where the tree has to be
// changed for it (the binary lies in native/, the platform package wants it beside its package.json).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseTriple } from '@napi-rs/cli';

/** Packs the root package into `folder`. Returns its name and tarball. */
export function packRoot(root, folder) {
  const packed = pack(root, folder);
  const files = packed.files.map((file) => file.path);
  const forbidden = files.filter((file) => /\.node$|(^|\/)(tests?|__tests__)\/|\.(test|spec)\./.test(file));
  assert.deepEqual(forbidden, [], 'these must not be published');

  const { main, types, exports } = readJson(join(root, 'package.json'));
  const named = [
    'README.md',
    'LICENSE',
    'native/binding.js',
    'native/binding.d.ts',
    main,
    types,
    ...leaves(exports),
  ];
  const missing = named.map((file) => file.replace(/^\.\//, '')).filter((file) => !files.includes(file));
  assert.deepEqual([...new Set(missing)], [], 'these are named by package.json but not in the tarball');
  return packed;
}

/** Packs the platform package of this machine with the addon that was built for it. */
export function packPlatform(root, folder) {
  const { napi } = readJson(join(root, 'package.json'));
  const built = napi.targets
    .map((triple) => parseTriple(triple).platformArchABI)
    .map((platform) => ({ platform, addon: join(root, 'native', `${napi.binaryName}.${platform}.node`) }))
    .filter(
      ({ platform, addon }) =>
        platform.startsWith(`${process.platform}-${process.arch}`) && existsSync(addon),
    );
  assert.equal(
    built.length,
    1,
    `built for this machine: ${built.map((one) => one.platform).join(', ') || 'nothing'}`,
  );

  const [{ platform, addon }] = built;
  const copy = join(folder, '.pack', platform);
  rmSync(copy, { recursive: true, force: true });
  cpSync(join(root, 'npm', platform), copy, { recursive: true });
  const file = `${napi.binaryName}.${platform}.node`;
  copyFileSync(addon, join(copy, file));
  const packed = pack(copy, folder);
  assert.deepEqual(packed.files.map((one) => one.path).sort(), ['README.md', 'package.json', file].sort());
  return packed;
}

function pack(from, folder) {
  const to = join(folder, '.pack');
  mkdirSync(to, { recursive: true });
  const result = spawnSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', to], {
    cwd: from,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  assert.equal(result.status, 0, `npm pack failed: ${result.stderr}`);
  const [{ name, filename, files }] = JSON.parse(result.stdout);
  return { name, files, tarball: join(to, filename) };
}

function leaves(value) {
  return typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(leaves);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
