'use strict';

// Parent of a PostgreSQL server that belongs to a test run. Its standard input is a pipe held by the run, which
// the operating system closes however the run ends: normally, by Ctrl-C, by a crash or by SIGKILL.
const { spawn } = require('child_process');
const fs = require('fs');

const { program, args, account, directory } = JSON.parse(process.argv[2]);

const server = spawn(program, args, { ...account, cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] });

server.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
  process.stdin.destroy();
});
server.on('exit', () => {
  fs.rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  process.exit();
});

// SIGQUIT is PostgreSQL's immediate shutdown: its children go with it, and the data is thrown away anyway.
const stopServer = () => server.kill('SIGQUIT');

process.stdin.on('end', stopServer).on('error', stopServer).resume();
