'use strict';

// A private MariaDB server for one test run: own port, own data, gone with the run.
const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const { setTimeout: sleep } = require('timers/promises');
const { createRunDirectory, startGuarded } = require('./guarded');
const { findMariadb } = require('./mariadb-binaries');
const { findFreePort } = require('./ports');

const HOST = '127.0.0.1';
const USER = 'pfapi';
const PASSWORD = 'pfapi';
const START_TIMEOUT_MS = 60_000;

// Nothing here has to survive a power cut. The binary log is off, as it is where nobody replicates.
const SETTINGS = [
  `--bind-address=${HOST}`,
  '--skip-name-resolve',
  '--skip-log-bin',
  '--performance-schema=OFF',
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-doublewrite=OFF',
  '--innodb-buffer-pool-size=64M',
  '--innodb-log-file-size=16M',
  '--max-connections=200',
  '--character-set-server=utf8mb4',
  '--collation-server=utf8mb4_unicode_ci',
];

/** MariaDB runs as root only if it is told so. */
const asAccount = () => (process.getuid?.() === 0 ? ['--user=root'] : []);

const createDataDirectory = ({ basedir, installDb, env }, directory) => {
  const data = path.join(directory, 'data');
  const args = [
    '--no-defaults',
    `--basedir=${basedir}`,
    `--datadir=${data}`,
    '--skip-test-db',
    ...asAccount(),
  ];
  execFileSync(installDb, [...args, '--auth-root-authentication-method=normal'], {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return data;
};

const query = async ({ port }, sql) => {
  // Needed where MariaDB is, and nowhere else.
  const connection = await require('mysql2/promise').createConnection({
    host: HOST,
    port,
    user: USER,
    password: PASSWORD,
  });
  try {
    return await connection.query(sql);
  } finally {
    await connection.end();
  }
};

const waitUntilReady = async (server, port, log) => {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      return await query({ port }, 'SELECT 1');
    } catch (cause) {
      if (!server.isRunning() || Date.now() > deadline) {
        const said = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').slice(-4000) : '';
        throw new Error(`MariaDB did not start:\n${said}`, { cause });
      }
      await sleep(50);
    }
  }
};

exports.startMariadb = async () => {
  const programs = findMariadb();
  const directory = createRunDirectory('pfapi-mariadb-');
  const log = path.join(directory, 'mariadb.log');
  const setup = path.join(directory, 'setup.sql');
  // Each on one line: the server reads it so.
  fs.writeFileSync(
    setup,
    `CREATE USER '${USER}'@'${HOST}' IDENTIFIED BY '${PASSWORD}';\nGRANT ALL ON *.* TO '${USER}'@'${HOST}';\n`,
  );
  const data = createDataDirectory(programs, directory);
  const port = await findFreePort();
  const server = await startGuarded({
    program: programs.server,
    // The first must be the first.
    args: ['--no-defaults', `--basedir=${programs.basedir}`, `--datadir=${data}`, `--port=${port}`]
      .concat([`--socket=${path.join(directory, 'socket')}`, `--init-file=${setup}`, `--log-error=${log}`])
      .concat(asAccount(), SETTINGS),
    cwd: directory,
    env: programs.env,
  });
  await waitUntilReady(server, port, log);
  return {
    host: HOST,
    port,
    user: USER,
    password: PASSWORD,
    createDatabase: async (name) => {
      await query({ port }, `CREATE DATABASE \`${name.replaceAll('`', '``')}\``);
      return name;
    },
    async stop() {
      if (server.isRunning()) process.kill(server.pid, 'SIGKILL');
      await server.waitForEnd();
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
};
