'use strict';

// A TCP proxy that can be a bad network: cut, silent in one or both directions, or slow.
const net = require('net');
const { createLane } = require('./proxy-lane');
const { createCommandCounter } = require('./resp-commands');

const DIRECTIONS = ['up', 'down'];

/** `to`: a port of this machine; `up` is towards it. */
exports.startProxy = async ({ to, port = 0 }) => {
  const counters = { connections: 0, bytesUp: 0, bytesDown: 0, commands: 0, turns: 0 };
  const weather = { up: { held: false, delay: 0 }, down: { held: false, delay: 0 } };
  const connections = new Set();
  let isCut = false;

  const destroyAll = () => {
    for (const { client, upstream } of connections) {
      client.destroy();
      upstream.destroy();
    }
    connections.clear();
  };

  const accept = (client) => {
    if (isCut) return client.destroy();
    const upstream = net.connect({ port: to, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const countCommands = createCommandCounter();
    let isTurn = true;
    counters.connections += 1;

    const up = createLane(client, upstream, weather.up, (chunk) => {
      counters.bytesUp += chunk.length;
      counters.commands += countCommands(chunk);
      counters.turns += isTurn ? 1 : 0;
      isTurn = false;
    });
    const down = createLane(upstream, client, weather.down, (chunk) => {
      counters.bytesDown += chunk.length;
      isTurn = true;
    });
    const connection = { client, upstream, up, down };
    connections.add(connection);
    const end = () => {
      connections.delete(connection);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', end);
    client.on('close', () => client.readableEnded || end());
    upstream.on('close', () => upstream.readableEnded || end());
    return undefined;
  };

  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, accept);
  const listen = (wanted) =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, '127.0.0.1', () => resolve(server.off('error', reject)));
    });
  await listen(port);
  const ownPort = server.address().port;

  const change = (directions, state) => {
    for (const direction of directions) Object.assign(weather[direction], state);
    for (const connection of connections) for (const direction of DIRECTIONS) connection[direction].pump();
  };

  return {
    port: ownPort,
    counters,
    /** Ends all connections and refuses new ones. */
    cut() {
      isCut = true;
      server.close();
      destroyAll();
    },
    /** Accepts connections and passes nothing in these directions; what is sent meanwhile arrives after `restore`. */
    hold(directions = 'both') {
      change(directions === 'both' ? DIRECTIONS : [directions], { held: true });
    },
    /** Lets everything arrive so many milliseconds later, in each direction. */
    delay(ms, directions = 'both') {
      change(directions === 'both' ? DIRECTIONS : [directions], { delay: ms });
    },
    /** A good network again. */
    async restore() {
      change(DIRECTIONS, { held: false, delay: 0 });
      if (!isCut) return;
      await listen(ownPort);
      isCut = false;
    },
    async close() {
      destroyAll();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
};
