'use strict';

// Processes and folders that end with the test run, however it ends (see guardian.js).
const { fork } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

let guardian;
let lastId = 0;
/** What is to be told of each server started, by its id. */
const listeners = new Map();

const startGuardian = () => {
  // Detached: Ctrl-C in the terminal must reach the tests first.
  const child = fork(path.join(__dirname, 'guardian.js'), { detached: true, stdio: 'ignore', execArgv: [] });
  child.on('message', (message) => listeners.get(message.id)?.(message));
  child.unref();
  child.channel.unref();
  return child;
};

const tell = (order, details) => {
  guardian ??= startGuardian();
  guardian.send({ order, ...details }, () => {});
};

/** Waits for something the guardian will tell; without the timer a program that has nothing else to do would end. */
const stayAwake = async (promise) => {
  const timer = setInterval(() => {}, 1000);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
};

/** Starts a program. @returns its pid, `isRunning()`, and `waitForEnd()` */
exports.startGuarded = ({ program, args, cwd, env }) => {
  const id = (lastId += 1);
  let running = true;
  let markEnded;
  const ended = new Promise((resolve) => (markEnded = resolve));
  const started = new Promise((resolve, reject) => {
    listeners.set(id, ({ pid, error, ended: hasEnded }) => {
      if (pid) resolve({ pid, isRunning: () => running, waitForEnd: () => stayAwake(ended) });
      if (!error && !hasEnded) return;
      running = false;
      listeners.delete(id);
      markEnded();
      reject(new Error(error));
    });
    tell('start', { id, program, args, cwd, env: { ...process.env, ...env } });
  });
  return stayAwake(started);
};

/** A process of ours that must not outlive us even if it is stopped (SIGSTOP) at that time. */
exports.watchProcess = (child) => {
  const { pid } = child;
  tell('watch', { pid });
  child.once('exit', () => tell('forget', { pid }));
};

/** A new folder that is removed at the end of the run, if it is still there. */
exports.createRunDirectory = (prefix) => {
  const directory = fs.mkdtempSync(path.join(process.env.PFAPI_TEST_FILES || os.tmpdir(), prefix));
  tell('remove', { directory });
  return directory;
};
