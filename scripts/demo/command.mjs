import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { Failure } from './failure.mjs';
import { logOf, root } from './places.mjs';
import { note, whileWaiting } from './report.mjs';

// Runs a command to its end. Everything it prints goes into a log; the terminal gets a sign of life.
export async function run(name, command, args) {
  const log = logOf(name);
  mkdirSync(dirname(log), { recursive: true });
  note(`${[command, ...args].join(' ')}  (log: ${relative(root, log)})`);

  const file = createWriteStream(log);
  // npm is a script on Windows, which only a shell can start.
  const shell = process.platform === 'win32' && command === 'npm';
  const child = spawn(command, args, { cwd: root, shell, stdio: ['ignore', 'pipe', 'pipe'] });
  // A terminal's Ctrl-C reaches the command by itself, a signal sent to the demo alone does not.
  const abandon = () => child.kill();
  process.once('exit', abandon);
  let last = 'no output yet';
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      file.write(`${line}\n`);
      if (line.trim()) last = line.trim().slice(0, 90);
    });
  }

  const since = Date.now();
  const waiting = whileWaiting(() => last);
  const ended = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  waiting.stop();
  process.off('exit', abandon);
  await new Promise((resolve) => file.end(resolve));
  if (ended !== 0) throw new Failure(`\`${command} ${args.join(' ')}\` failed (${ended}).`, { log });
  note(`done in ${((Date.now() - since) / 1000).toFixed(1)} s`);
}
