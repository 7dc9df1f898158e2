'use strict';

// Real Strapi servers in processes of their own, which can be stopped, killed and looked into.
const { fork } = require('child_process');
const fs = require('fs');
const path = require('path');
const { createAppEnv } = require('./app');
const { createRunDirectory, watchProcess } = require('./guarded');
const { request } = require('./http');
const { findFreePort } = require('./ports');

const PROGRAM = path.join(__dirname, 'server-process.js');
const START_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 20_000;
/** Of a server's output. */
const MOST_CHARACTERS = 200_000;

const toError = ({ name, message, stack }, server) =>
  Object.assign(new Error(`${server}: ${message}`), {
    name: name ?? 'Error',
    stack: `${server}: ${stack ?? message}`,
  });

/** A server process and the questions put to it; a question fails when the process ends. */
const spawnServer = (name, env) => {
  const child = fork(PROGRAM, {
    execArgv: [],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  watchProcess(child);
  const open = new Map();
  let lastId = 0;
  let output = '';
  const exited = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-MOST_CHARACTERS)));
  }
  const settle = ({ id, value, error }) => {
    const question = open.get(id);
    open.delete(id);
    if (error) question?.reject(toError(error, name));
    else question?.resolve(value);
  };
  child.on('message', settle);
  exited.then(({ code, signal }) => {
    const error = { message: `the process has ended (${signal ?? code}):\n${output.slice(-3000)}` };
    for (const id of [...open.keys()]) settle({ id, error });
  });
  const expectAnswer = (id) => new Promise((resolve, reject) => open.set(id, { resolve, reject }));
  const ask = (order, details) => {
    const id = (lastId += 1);
    const answer = expectAnswer(id);
    child.send({ id, order, ...details }, (error) => error && settle({ id, error }));
    return answer;
  };
  return { child, exited, ask, started: expectAnswer('started'), output: () => output };
};

const withDeadline = (promise, ms, message) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(message())), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/**
 * databaseEnv: that of createDatabaseEnv()
 * plugin: false (not declared), true (its defaults) or the plugin's config
 * env: further environment variables of the process
 * directory: for its uploads; servers may share one
 */
exports.startServer = async ({ name = 'server', databaseEnv, plugin = true, env = {}, directory } = {}) => {
  // Chosen here and not by the system, so that a killed server finds it free again.
  const PORT = env.PORT ?? String(await findFreePort());
  const folder = directory ?? createRunDirectory('pfapi-server-');
  let server;
  let url;
  let isPaused = false;

  const isRunning = () => server.child.exitCode === null && server.child.signalCode === null;

  const start = async (changed) => {
    const own = { database: databaseEnv, plugin, directory: folder, ...changed };
    server = spawnServer(name, createAppEnv({ ...own, env: { ...env, ...changed?.env, PORT } }));
    isPaused = false;
    const { started, child, output } = server;
    try {
      url = await withDeadline(started, START_TIMEOUT_MS, () => `${name} did not start:\n${output()}`);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  };

  const kill = async () => {
    server.child.kill('SIGKILL');
    await server.exited;
  };

  const resume = () => {
    server.child.kill('SIGCONT');
    isPaused = false;
  };

  const shutDown = async () => {
    if (!isRunning()) return;
    if (isPaused) resume();
    try {
      await withDeadline(server.ask('close'), CLOSE_TIMEOUT_MS, () => `${name} did not close`);
    } finally {
      await kill();
    }
  };

  await start();
  return {
    name,
    databaseEnv,
    get url() {
      return url;
    },
    get pid() {
      return server.child.pid;
    },
    /** Settles when the process that runs now has ended. */
    get exited() {
      return server.exited;
    },
    isRunning,
    request: (route, options) => request(url, route, options),
    /** Runs `fn({ strapi, require }, args)` there: its source is sent, so it sees nothing of what surrounds it here. */
    run: (fn, args) => server.ask('run', { source: fn.toString(), args }),
    pause() {
      server.child.kill('SIGSTOP');
      isPaused = true;
    },
    resume,
    kill,
    /** Boots it again, on the port it had, after `kill` or `close`; `plugin` and `env` may be others now. */
    restart: async (changed = {}) => {
      if (isRunning()) await shutDown();
      await start(changed);
    },
    /** Everything it has written. */
    logs: () => server.output(),
    async close() {
      try {
        await shutDown();
      } finally {
        if (!directory) fs.rmSync(folder, { recursive: true, force: true });
      }
    },
  };
};
