'use strict';

// Where MariaDB's programs come from: the environment, the machine, or Debian's packages unpacked into .cache.
const fs = require('fs');
const path = require('path');
const { unpackDebian } = require('./unpacked-packages');

const PACKAGE_CACHE = path.resolve(__dirname, '../../.cache/mariadb');
const PACKAGES = ['mariadb-server-core', 'mariadb-client-core'];
const USUAL_PLACES = ['/usr', '/usr/local', '/opt/homebrew', '/usr/local/mysql'];

/** The programs below a folder such as /usr, if it has all. */
const below = (basedir, env = {}) => {
  const firstOf = (...names) =>
    names.map((name) => path.join(basedir, name)).find((file) => fs.existsSync(file));
  const server = firstOf('sbin/mariadbd', 'bin/mariadbd', 'libexec/mariadbd');
  const installDb = firstOf('bin/mariadb-install-db', 'scripts/mariadb-install-db');
  return server && installDb ? { basedir, server, installDb, env } : undefined;
};

const fromDebian = () => below(path.join(PACKAGE_CACHE, 'usr'), unpackDebian(PACKAGES, PACKAGE_CACHE));

const find = () => {
  const chosen = process.env.PFAPI_TEST_MARIADB_DIR;
  if (chosen) {
    const found = below(chosen);
    if (found) return found;
    throw new Error(
      `PFAPI_TEST_MARIADB_DIR is "${chosen}", below which mariadbd or mariadb-install-db is missing.`,
    );
  }
  const installed = USUAL_PLACES.map((place) => below(place)).find(Boolean);
  if (installed) return installed;
  try {
    const found = fromDebian();
    if (found) return found;
    throw new Error('the packages hold no mariadbd or no mariadb-install-db');
  } catch (cause) {
    throw new Error(
      'The integration tests need MariaDB and none could be found or downloaded; no test is skipped without it. ' +
        'Install it (Debian and Ubuntu: apt-get install mariadb-server; macOS: brew install mariadb) or set ' +
        'PFAPI_TEST_MARIADB_DIR to the folder above its bin and sbin. ' +
        `What was tried said: ${String(cause.stderr || cause.message).trim()}`,
      { cause },
    );
  }
};

let found;

/** `{ basedir, server, installDb, env }`: where it is, its two programs, and the environment variables they need. */
exports.findMariadb = () => (found ??= find());
