#!/usr/bin/env node
// Completes package-lock.json after `npm install` has written it. npm leaves out the packages for other
// platforms that the registry in use does not offer (npm/cli#9846), and `npm ci` then rejects the lock file
// it has written itself. What is missing is known: its exact version stands in the package that asks for it,
// its platform in its name.
//
//   node scripts/complete-lock.mjs            adds what is missing
//   node scripts/complete-lock.mjs --check    fails when something is missing
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SYSTEMS = 'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(' ');
const PROCESSORS = 'arm arm64 ia32 loong64 ppc64 riscv64 s390x wasm32 x64'.split(' ');
const LIBRARIES = { gnu: 'glibc', musl: 'musl' };

const file = join(dirname(fileURLToPath(import.meta.url)), '..', 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = findMissing(lock.packages);
const names = missing.map(([path]) => path.replace('node_modules/', ''));

// The lock file must serve whoever clones the project, whatever registry it was written with.
const addressed = Object.values(lock.packages).filter((entry) => /^https?:/.test(entry.resolved ?? ''));
if (addressed.length > 0) {
  console.error(
    `package-lock.json names a registry ${addressed.length} times: set omit-lockfile-registry-resolved`,
  );
  process.exit(1);
}

if (missing.length === 0) {
  console.log('package-lock.json is complete');
} else if (process.argv.includes('--check')) {
  console.error(
    `package-lock.json lacks ${names.length} packages, such as ${names[0]}: node scripts/complete-lock.mjs`,
  );
  process.exit(1);
} else {
  const entries = [...Object.entries(lock.packages), ...missing];
  lock.packages = Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: added ${names.length} packages for other platforms`);
}

function findMissing(packages) {
  const found = new Map();
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      // A range could not be completed without the registry; platform packages are named by exact version.
      if (resolves(packages, path, name) || !/^\d+\.\d+\.\d+[\w.+-]*$/.test(version)) continue;
      found.set(`node_modules/${name}`, placeholder(name, version, entry));
    }
  }
  return [...found];
}

// Node's resolution: beside the package that asks, then in each folder above.
function resolves(packages, path, name) {
  for (let from = path; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    if (packages[from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`]) return true;
    if (from === '') return false;
  }
}

function placeholder(name, version, { dev, peer }) {
  const words = name.split('/').pop().split('-');
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.find((word) => PROCESSORS.includes(word));
  const libc = os === 'linux' ? words.map((word) => LIBRARIES[word]).find(Boolean) : undefined;
  return {
    version,
    cpu: cpu && [cpu],
    dev,
    peer,
    libc: libc && [libc],
    optional: true,
    os: os && [os],
  };
}
