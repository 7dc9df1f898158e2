'use strict';

// A private PostgreSQL server for one test run: own port, own data directory, gone with the run.
const { execFileSync, spawn, spawnSync } = require('child_process');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');
const { Client } = require('pg');
const { findPostgresBinaries } = require('./postgres-binaries');

const HOST = '127.0.0.1';
const USER = 'pfapi';
const PASSWORD = 'pfapi';
const START_TIMEOUT_MS = 60_000;

// Nothing here has to survive a power cut.
const SETTINGS = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  shared_buffers: '64MB',
  logging_collector: 'off',
};

const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

/** PostgreSQL refuses to run as root, so root hands it to an account without rights. */
const findAccount = () => {
  if (process.getuid?.() !== 0) return {};
  const numberOf = (flag, name) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout || NaN);
  for (const name of ['postgres', 'nobody']) {
    const account = { uid: numberOf('-u', name), gid: numberOf('-g', name) };
    if (Number.isInteger(account.uid) && Number.isInteger(account.gid)) return account;
  }
  throw new Error('The tests run as root and found no account "postgres" or "nobody" to run PostgreSQL as.');
};

const findFreePort = () =>
  new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen(0, HOST, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const createDataDirectory = (bin, directory, account) => {
  const data = path.join(directory, 'data');
  const passwordFile = path.join(directory, 'password');
  fs.writeFileSync(passwordFile, PASSWORD);
  if (account.uid !== undefined) {
    for (const entry of [directory, passwordFile]) fs.chownSync(entry, account.uid, account.gid);
  }
  // C.UTF-8 lower-cases all of Unicode and sorts by code point, and every glibc and musl system has it.
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
  execFileSync(
    path.join(bin, 'initdb'),
    ['-D', data, '-U', USER, '-A', 'scram-sha-256', '--pwfile', passwordFile, '-E', 'UTF8', '-N'].concat(
      `--locale=${locale}`,
    ),
    {
      ...account,
      cwd: directory,
      env: { ...process.env, LC_ALL: locale },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  return data;
};

const query = async (connection, sql) => {
  const client = new Client({
    user: USER,
    password: PASSWORD,
    host: HOST,
    database: 'postgres',
    ...connection,
  });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
};

const waitUntilReady = async (guardian, port) => {
  let output = '';
  guardian.stderr.on('data', (chunk) => {
    output = (output + chunk).slice(-4000);
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (guardian.exitCode !== null) throw new Error(`PostgreSQL ended while it started:\n${output}`);
    try {
      return await query({ port }, 'SELECT 1');
    } catch (cause) {
      if (Date.now() > deadline) throw new Error(`PostgreSQL did not start:\n${output}`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
};

/**
 * Starts the server as the child of a guardian process, which stops it when this process ends in any way.
 *
 * durable: with what makes a COMMIT safe, and slow, as PostgreSQL is by default; for measurements
 */
exports.startPostgres = async ({ durable = false } = {}) => {
  const bin = findPostgresBinaries();
  const account = findAccount();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pfapi-postgres-'));
  let guardian;

  const stop = async () => {
    if (!guardian) return fs.rmSync(directory, { recursive: true, force: true });
    if (guardian.exitCode !== null || guardian.signalCode !== null) return;
    guardian.ref();
    const ended = new Promise((resolve) => guardian.once('exit', resolve));
    guardian.stdin.end();
    await ended;
  };

  try {
    const data = createDataDirectory(bin, directory, account);
    const port = await findFreePort();
    const chosen = durable ? { ...SETTINGS, ...DURABLE } : SETTINGS;
    const settings = Object.entries({ ...chosen, port }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const program = path.join(bin, 'postgres');
    const order = JSON.stringify({ program, args: ['-D', data, ...settings], account, directory });
    // Detached: Ctrl-C in the terminal must reach the tests first, which still use the database to shut down.
    guardian = spawn(process.execPath, [path.join(__dirname, 'postgres-guardian.js'), order], {
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    guardian.stdin.on('error', () => {});
    await waitUntilReady(guardian, port);
    for (const handle of [guardian, guardian.stdin, guardian.stderr]) handle.unref();

    return {
      host: HOST,
      port,
      user: USER,
      password: PASSWORD,
      directory, // removed when the server stops, so other files of the run may live here too
      url: `postgres://${USER}:${PASSWORD}@${HOST}:${port}/postgres`,
      createDatabase: (name) => createDatabase({ port }, name),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const createDatabase = async (connection, name) => {
  await query(connection, `CREATE DATABASE "${name.replaceAll('"', '""')}"`);
  return name;
};

exports.createDatabase = createDatabase;
