'use strict';

// The Redis protocol (RESP2), as much of it as tests need: one command, one connection, one reply.
const net = require('net');
const tls = require('tls');

const encode = (args) =>
  args.reduce(
    (text, arg) => `${text}$${Buffer.byteLength(String(arg))}\r\n${arg}\r\n`,
    `*${args.length}\r\n`,
  );

const readArray = (bytes, start, count) => {
  const value = [];
  let next = start;
  for (let i = 0; i < count; i += 1) {
    const item = decode(bytes, next);
    if (!item) return undefined;
    value.push(item.value);
    next = item.next;
  }
  return { value, next };
};

/** The reply that begins at `start` and where the next begins; undefined while bytes are missing. */
const decode = (bytes, start = 0) => {
  const end = bytes.indexOf('\r\n', start);
  if (end < 0) return undefined;
  const line = bytes.toString('utf8', start + 1, end);
  const next = end + 2;
  const length = Number(line);
  switch (String.fromCharCode(bytes[start])) {
    case '+':
      return { value: line, next };
    case '-':
      return { value: new Error(line), next };
    case ':':
      return { value: length, next };
    case '$':
      if (length < 0) return { value: null, next };
      if (bytes.length < next + length + 2) return undefined;
      return { value: bytes.toString('utf8', next, next + length), next: next + length + 2 };
    case '*':
      return length < 0 ? { value: null, next } : readArray(bytes, next, length);
    default:
      throw new Error(`Not a reply of Redis: ${bytes.toString('utf8', start, end)}`);
  }
};

const connect = (port, ca) =>
  ca ? tls.connect({ port, host: '127.0.0.1', ca }) : net.connect(port, '127.0.0.1');

/** Sends one command and resolves with its reply. `user` and `password` are sent before, `ca` means TLS. */
exports.sendCommand = (port, args, { user, password, ca, timeout = 5000 } = {}) =>
  new Promise((resolve, reject) => {
    const commands = [...(password ? [['AUTH', ...(user ? [user] : []), password]] : []), args];
    let bytes = Buffer.alloc(0);
    const socket = connect(port, ca);
    const fail = (error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(timeout, () =>
      fail(new Error(`Redis ${port}: no answer to ${args[0]} in ${timeout} ms`)),
    );
    socket.on('error', fail);
    socket.on('close', () => reject(new Error(`Redis ${port}: the connection was closed`)));
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const replies = readArray(bytes, 0, commands.length);
      if (!replies) return;
      const fault = replies.value.find((reply) => reply instanceof Error);
      if (fault) fail(fault);
      else resolve(replies.value.at(-1));
      socket.destroy();
    });
    socket.write(commands.map(encode).join(''));
  });
