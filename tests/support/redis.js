'use strict';

// Private Redis servers for tests: own port, own data, gone with the run; they can be killed, stopped and emptied.
const fs = require('fs');
const path = require('path');
const { setTimeout: sleep } = require('timers/promises');
const { createRunDirectory, startGuarded } = require('./guarded');
const { findFreePort } = require('./ports');
const { findRedisServer } = require('./redis-binaries');
const { createCertificates } = require('./certificates');
const { sendCommand } = require('./resp');

const START_TIMEOUT_MS = 15_000;

const tlsArgs = (port, { ca, cert, key }) =>
  ['--port', '0', '--tls-port', port, '--tls-ca-cert-file', ca, '--tls-cert-file', cert].concat([
    '--tls-key-file',
    key,
    '--tls-auth-clients',
    'no',
  ]);

const aclArgs = ({ user, password }) => {
  const rights = ['on', `>${password}`, '~*', '&*', '+@all'];
  return ['--user', 'default', 'off', '--user', user, ...rights];
};

/**
 * args: further options of redis-server, as `['--appendonly', 'yes']`
 * tls: true for a certificate made for this server; acl: the only user that may connect
 */
exports.startRedis = async ({ port, args = [], tls = false, acl, busOffset } = {}) => {
  const { program, env } = findRedisServer();
  const directory = createRunDirectory('pfapi-redis-');
  const data = path.join(directory, 'data');
  const log = path.join(directory, 'redis.log');
  const certificates = tls ? createCertificates(directory) : undefined;
  const ownPort = port ?? (await findFreePort({ offset: busOffset }));
  const access = { ...acl, ...(tls && { ca: fs.readFileSync(certificates.ca) }) };
  const listen = tls ? tlsArgs(ownPort, certificates) : ['--port', ownPort];
  const options = [...listen, '--bind', '127.0.0.1', '--dir', data, '--logfile', log, '--daemonize', 'no']
    .concat(['--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0'])
    .concat(args, acl ? aclArgs(acl) : [])
    .map(String);
  let server;

  const cli = (...command) => sendCommand(ownPort, command, access);

  const isReady = async () => {
    try {
      return (await cli('PING')) === 'PONG';
    } catch {
      return false; // not listening yet, or loading its data
    }
  };

  const start = async () => {
    fs.mkdirSync(data, { recursive: true });
    server = await startGuarded({ program, args: options, cwd: directory, env });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await isReady())) {
      if (!server.isRunning() || Date.now() > deadline) {
        const said = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').slice(-2000) : '';
        throw new Error(`Redis did not start on port ${ownPort}:\n${said}`);
      }
      await sleep(10);
    }
  };

  const signal = (name) => {
    if (!server.isRunning()) throw new Error(`Redis on port ${ownPort} does not run.`);
    process.kill(server.pid, name);
  };

  const kill = async () => {
    if (!server?.isRunning()) return;
    signal('SIGKILL');
    await server.waitForEnd();
  };

  const close = async () => {
    await kill();
    fs.rmSync(directory, { recursive: true, force: true });
  };

  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }

  const credentials = acl ? `${acl.user}:${acl.password}@` : '';
  return {
    port: ownPort,
    url: `${tls ? 'rediss' : 'redis'}://${credentials}127.0.0.1:${ownPort}`,
    caFile: certificates?.ca,
    get pid() {
      return server.pid;
    },
    cli,
    isRunning: () => server.isRunning(),
    kill,
    stopProcess: () => signal('SIGSTOP'),
    continueProcess: () => signal('SIGCONT'),
    /** Starts it again on its port, with what it had saved, or with nothing. */
    async restart({ empty = false } = {}) {
      await kill();
      if (empty) fs.rmSync(data, { recursive: true, force: true });
      await start();
    },
    close,
  };
};
