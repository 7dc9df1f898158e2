import { fork } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { Failure } from './failure.mjs';
import { example, logOf, root } from './places.mjs';
import { note, whileWaiting } from './report.mjs';

const READY_WITHIN = 180_000;
const STOP_WITHIN = 15_000;

// The example's Strapi in a process of its own.
export function startSite(port) {
  const log = logOf('strapi');
  mkdirSync(dirname(log), { recursive: true });
  const file = createWriteStream(log);
  const child = fork(join(root, 'scripts', 'demo', 'site-process.mjs'), {
    cwd: example,
    // A group of its own, so that Ctrl-C reaches the demo alone, which then stops Strapi in its own time. Should
    // the demo be killed, the closing channel tells the child.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      STRAPI_TELEMETRY_DISABLED: 'true',
    },
  });
  note(`port ${port}, log: ${relative(root, log)}`);

  const waiting = whileWaiting(() => 'still starting', 5000);
  const relay = (line) => {
    waiting.spoke();
    note(line);
  };
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (coloured) => {
      // Strapi's logger colours its lines even when it writes to a file.
      const line = stripVTControlCharacters(coloured);
      file.write(`${line}\n`);
      const seeding = /info.*?: cities: (.*)/.exec(line);
      if (seeding) relay(seeding[1]);
    });
  }

  const ended = new Promise((resolve) => {
    // Not before the log is on disk: whoever waits for the end may want to show its last lines.
    child.once('close', (code, signal) => file.end(() => resolve(code ?? signal)));
  });
  const ready = new Promise((resolve, reject) => {
    const late = () => reject(new Failure(`Strapi was not ready within ${READY_WITHIN / 1000} s.`, { log }));
    const timer = setTimeout(late, READY_WITHIN);
    const settle = () => {
      clearTimeout(timer);
      waiting.stop();
    };
    child.on('message', ({ phase, token }) => {
      if (phase) relay(phase);
      if (!token) return;
      settle();
      resolve(token);
    });
    ended.then((how) => {
      settle();
      reject(new Failure(`Strapi stopped before it was ready (${how}).`, { log }));
    });
  });

  return { ready, ended, log, url: `http://127.0.0.1:${port}`, stop: () => stop(child, ended) };
}

async function stop(child, ended) {
  if (child.connected) child.send('stop');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN);
  await ended;
  clearTimeout(killer);
}
