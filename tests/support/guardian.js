'use strict';

// Parent of servers that belong to a test run. The channel to the run is closed by the operating system however the
// run ends: normally, by Ctrl-C, by a crash or by SIGKILL; then everything that still runs is killed.
const { spawn } = require('child_process');
const fs = require('fs');

/** Processes and folders that must not outlive the run. */
const pids = new Set();
const directories = new Set();

const start = ({ id, program, args, cwd, env }) => {
  const server = spawn(program, args, { cwd, env, stdio: 'ignore' });
  const { pid } = server;
  server.on('error', ({ message }) => process.send({ id, error: message }));
  if (pid === undefined) return;
  pids.add(pid);
  server.on('exit', () => {
    pids.delete(pid);
    if (process.connected) process.send({ id, ended: true });
  });
  process.send({ id, pid });
};

const orders = {
  start,
  watch: ({ pid }) => pids.add(pid),
  forget: ({ pid }) => pids.delete(pid),
  remove: ({ directory }) => directories.add(directory),
};

process.on('message', ({ order, ...details }) => orders[order](details));

process.on('disconnect', () => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL'); // ends a stopped process as well
    } catch {
      // It has ended already.
    }
  }
  for (const directory of directories) {
    fs.rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
  process.exit();
});
