// The project's Strapi as a child process, started the way a user starts it.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BOOT_MS = 120_000;
const STOP_MS = 15_000;

/** Boots the project in `folder`; resolves when it answers. */
export async function boot(folder) {
  const port = await freePort();
  const command = join(folder, 'node_modules', '@strapi', 'strapi', 'bin', 'strapi.js');
  const child = spawn(process.execPath, [command, 'start'], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production', HOST: '127.0.0.1', PORT: String(port), FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const ended = new Promise((resolve) => child.on('close', resolve));

  const server = {
    url: `http://127.0.0.1:${port}`,
    log: () => printed,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const inTime = await Promise.race([ended.then(() => true), sleep(STOP_MS, false, { ref: false })]);
      if (inTime) return;
      child.kill('SIGKILL');
      throw new Error(`the site did not stop within ${STOP_MS / 1000} s`);
    },
  };

  for (const deadline = Date.now() + BOOT_MS; Date.now() < deadline; await sleep(200)) {
    if (child.exitCode !== null)
      throw new Error(`the site ended with ${child.exitCode} while booting:\n${printed}`);
    const response = await fetch(`${server.url}/_health`).catch(() => undefined);
    if (response?.ok) return server;
  }
  child.kill('SIGKILL');
  throw new Error(`the site did not answer within ${BOOT_MS / 1000} s:\n${printed}`);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
