// A small load generator: kept connections over raw sockets, one request at a time on each. Node's own client costs
// as much as the server it is to measure.
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const SILENCE = 10_000;

/**
 * @param {{ port: number, request: () => Buffer, status: number, connections: number, seconds: number }} target
 */
export async function load({ port, request, status, connections, seconds }) {
  const times = [];
  const clients = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const cpu = process.cpuUsage();
  const started = performance.now();
  const until = started + seconds * 1000;
  await Promise.all(
    clients.map(
      (client) =>
        new Promise((resolve, reject) => {
          let sent;
          const send = () => {
            sent = performance.now();
            if (sent >= until) return resolve();
            return client.send(request());
          };
          client.onFailure = reject;
          client.onAnswer = (got) => {
            if (got !== status) return reject(new Error(`status ${got} in the place of ${status}`));
            times.push(performance.now() - sent);
            return send();
          };
          send();
        }),
    ),
  ).finally(() => clients.forEach((client) => client.close()));
  const elapsed = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  const sorted = Float64Array.from(times).sort();
  return {
    requests: times.length,
    perSecond: times.length / (elapsed / 1000),
    medianMs: sorted[Math.floor(sorted.length / 2)],
    p99Ms: sorted[Math.floor(sorted.length * 0.99)],
    // How much of one core the generator needed: near 1, it is what limits.
    busy: (user + system) / 1000 / elapsed,
  };
}

/** One request and its whole answer. */
export async function askOnce(port, request) {
  const client = await open(port);
  try {
    return await new Promise((resolve, reject) => {
      client.onFailure = reject;
      client.onAnswer = (status, head, body) => resolve({ status, headers: headersOf(head), head, body });
      client.keepBody = true;
      client.send(request);
    });
  } finally {
    client.close();
  }
}

function headersOf(head) {
  const lines = head.split('\r\n').slice(1);
  return Object.fromEntries(lines.map((line) => [line.split(':')[0].toLowerCase(), valueOf(line)]));
}

const valueOf = (line) => line.slice(line.indexOf(':') + 1).trim();

function open(port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(new Client(socket)));
    socket.once('error', reject);
  });
}

class Client {
  onAnswer = () => {};
  onFailure = () => {};
  keepBody = false;
  #socket;
  #chunks = [];
  #received = 0;
  /** Bytes of the whole answer, once its head has come. */
  #expected = 0;
  #status = 0;
  #head = '';

  constructor(socket) {
    this.#socket = socket;
    socket.setTimeout(SILENCE, () => socket.destroy(new Error(`no answer within ${SILENCE / 1000} s`)));
    socket.on('error', (error) => this.onFailure(error));
    socket.on('close', () => this.onFailure(new Error('the server has closed the connection')));
    socket.on('data', (chunk) => this.#take(chunk));
  }

  send(request) {
    this.#socket.write(request);
  }

  close() {
    this.onFailure = () => {};
    this.#socket.destroy();
  }

  #take(chunk) {
    this.#received += chunk.length;
    if (this.#expected === 0 || this.keepBody) this.#chunks.push(chunk);
    if (this.#expected === 0) this.#readHead();
    if (this.#expected === 0 || this.#received < this.#expected) return;
    const body = this.keepBody ? Buffer.concat(this.#chunks).subarray(-this.#bodyLength) : undefined;
    this.#chunks = [];
    this.#received = 0;
    this.#expected = 0;
    this.onAnswer(this.#status, this.#head, body);
  }

  #bodyLength = 0;

  #readHead() {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    const end = bytes.indexOf(END_OF_HEAD);
    if (end === -1) return;
    this.#head = bytes.latin1Slice(0, end);
    this.#status = Number(this.#head.slice(9, 12));
    const empty = this.#status === 304 || this.#status === 204;
    const [, length] = /\r\ncontent-length: *(\d+)/i.exec(this.#head) ?? [];
    if (!empty && length === undefined) {
      this.#socket.destroy(new Error('an answer without Content-Length'));
      return;
    }
    this.#bodyLength = empty ? 0 : Number(length);
    this.#expected = end + END_OF_HEAD.length + this.#bodyLength;
  }
}
