// The servers that are measured, each in a process of its own.
import { fork } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join, relative } from 'node:path';
import { example, root } from '../scripts/demo/places.mjs';
import { choosePort } from '../scripts/demo/port.mjs';

const READY_WITHIN = 180_000;
const logs = join(root, '.cache', 'bench');

/** The example's Strapi, as the demo starts it, with a database of the bench's own. */
export async function startSite() {
  const port = await choosePort();
  const child = start('strapi', join(root, 'scripts', 'demo', 'site-process.mjs'), example, {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_FILENAME: '.tmp/bench.db',
    STRAPI_TELEMETRY_DISABLED: 'true',
  });
  await child.heard((message) => message.token);
  return { port, pid: child.pid, stop: child.stop };
}

/** A server that does nothing but answer with the bytes of a hit. */
export async function startBareServer({ head, body }) {
  const child = start('bare', join(root, 'benches', 'bare-server.mjs'), root, {});
  child.tell({ head, body: body.toString('base64') });
  const port = await child.heard((message) => message.port);
  return { port, pid: child.pid, stop: child.stop };
}

function start(name, program, cwd, env) {
  mkdirSync(logs, { recursive: true });
  const log = join(logs, `${name}.log`);
  // Straight into a file: reading it here would cost the generator.
  const file = openSync(log, 'w');
  const child = fork(program, {
    cwd,
    stdio: ['ignore', file, file, 'ipc'],
    env: { ...process.env, ...env },
    execArgv: [],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));

  const heard = (pick) =>
    new Promise((resolve, reject) => {
      const fail = (what) => reject(new Error(`${name} ${what}; see ${relative(root, log)}`));
      const timer = setTimeout(fail, READY_WITHIN, `was not ready within ${READY_WITHIN / 1000} s`);
      child.on('message', (message) => {
        const found = pick(message);
        if (!found) return;
        clearTimeout(timer);
        resolve(found);
      });
      ended.then((how) => {
        clearTimeout(timer);
        fail(`has ended (${how})`);
      });
    });

  const stop = async () => {
    if (child.connected) child.send('stop');
    const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(killer);
  };
  return { pid: child.pid, tell: (message) => child.send(message), heard, stop };
}
