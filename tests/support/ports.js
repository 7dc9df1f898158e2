'use strict';

// Ports below the range from which the system takes ports for outgoing connections (32768 on Linux, 49152 elsewhere):
// a server that is killed and started again must find its port free.
const net = require('net');

const FIRST = 12_000;
const COUNT = 10_000;
const ATTEMPTS = 100;

const isFree = (port) =>
  new Promise((resolve) => {
    const server = net.createServer().on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** `offset`: the port that far above must be free too, as that of the Redis Cluster bus. */
exports.findFreePort = async ({ offset = 0 } = {}) => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if ((await isFree(port)) && (!offset || (await isFree(port + offset)))) return port;
  }
  throw new Error('No free port was found.');
};
