import { createServer } from 'node:net';
import { Failure } from './failure.mjs';

const USUAL = 1337;

export async function choosePort(wanted) {
  const port = await tryPort(wanted ?? USUAL);
  if (port) return port;
  if (wanted) throw new Failure(`Port ${wanted} is taken. Choose another one with --port, or leave it out.`);
  return tryPort(0);
}

function tryPort(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const { port: got } = server.address();
      server.close(() => resolve(got));
    });
  });
}
