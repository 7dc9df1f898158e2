#!/usr/bin/env node
// `npm run bench`: what a hit costs, beside plain Strapi, beside Strapi's own middlewares and beside Node's bare
// HTTP server. The example's Strapi and the bare server run in processes of their own; this one makes the load.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../scripts/demo/places.mjs';
import { cpuSecondsOf } from './cpu.mjs';
import { askOnce, load } from './load.mjs';
import { median, printTable } from './table.mjs';
import { startBareServer, startSite } from './servers.mjs';
import { targetsOf } from './targets.mjs';

const USAGE = `Usage: npm run bench -- [--quick] [--json] [--rounds N] [--seconds N] [--connections N]

  --quick          one short round: shows that everything works, the figures mean little
  --json           JSON to stdout in the place of the table
  --rounds N       how often each is measured, in turn (default: 5)
  --seconds N      how long each time (default: 3)
  --connections N  kept connections, one request at a time on each (default: 16)`;

function readOptions() {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  const { values } = parseArgs({
    options: { quick: flag, json: flag, help: flag, rounds: text, seconds: text, connections: text },
  });
  const number = (name, usual) => {
    const value = Number(values[name] ?? usual);
    if (!(value > 0)) throw new Error(`--${name} needs a number above 0, not ${values[name]}`);
    return value;
  };
  return {
    ...values,
    rounds: number('rounds', values.quick ? 1 : 5),
    seconds: number('seconds', values.quick ? 0.5 : 3),
    connections: number('connections', 16),
    warmUp: values.quick ? 0.3 : 2,
  };
}

// What is said on the way goes to stderr, so that stdout has the result alone.
const say = (line) => process.stderr.write(`${line}\n`);

async function main(options) {
  say('building the addon (release)');
  buildRelease();
  say('starting Strapi with 45,000 cities in production mode');
  const site = await startSite();
  let bare;
  try {
    const { hit, targets } = await targetsOf(site);
    bare = await startBareServer(hit);
    const all = [{ ...targets.hit, ...bare, name: 'bare node:http, the same bytes', key: 'bare' }].concat(
      Object.entries(targets).map(([key, target]) => ({ ...site, ...target, key })),
    );
    const rows = await measure(all, options);
    await Promise.all([site.stop(), bare.stop()]);
    say('calling cache.reply alone');
    const reply = replyAlone(hit.body.length, options);
    return { options, rows, reply, bodyBytes: hit.body.length };
  } finally {
    await Promise.all([site.stop(), bare?.stop()]);
  }
}

function buildRelease() {
  const built = spawnSync(process.execPath, ['scripts/build-native.mjs'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (built.status !== 0) throw new Error('the addon could not be built');
}

/** In turn and not one after the other, so that what else the machine does meets all of them alike. */
async function measure(targets, { rounds, seconds, warmUp, connections }) {
  for (const target of targets) {
    await expectState(target);
    await load({ ...target, connections, seconds: warmUp });
  }
  const measured = targets.map((target) => ({ target, samples: [] }));
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}`);
    for (const { target, samples } of measured) {
      const before = cpuSecondsOf(target.pid);
      const sample = await load({ ...target, connections, seconds });
      const cpu = cpuSecondsOf(target.pid) - before;
      samples.push({ ...sample, cpuMicros: (cpu / sample.requests) * 1e6 });
      await expectState(target);
    }
  }
  return measured.map(({ target, samples }) => rowOf(target, samples));
}

function rowOf({ key, name, path }, samples) {
  const of = (pick) => median(samples.map(pick));
  const perSecond = samples.map((sample) => sample.perSecond);
  return {
    key,
    name,
    path,
    perSecond: of((sample) => sample.perSecond),
    spread: (Math.max(...perSecond) - Math.min(...perSecond)) / median(perSecond),
    medianMs: of((sample) => sample.medianMs),
    p99Ms: of((sample) => sample.p99Ms),
    // Null where the system does not tell.
    cpuMicros: Number.isFinite(samples[0].cpuMicros) ? of((sample) => sample.cpuMicros) : null,
    loadBusy: of((sample) => sample.busy),
    samples,
  };
}

/** Were a "hit" no hit, the figures would say nothing. */
async function expectState({ name, port, request, status, state }) {
  const answer = await askOnce(port, request());
  const cache = answer.headers['x-pfapi-cache'] ?? '';
  if (answer.status !== status || !state.test(cache)) {
    throw new Error(`${name}: status ${answer.status}, X-Pfapi-Cache "${cache}"; not what is to be measured`);
  }
}

function replyAlone(bytes, { quick }) {
  const args = [join(root, 'benches', 'reply.mjs'), String(bytes), quick ? '0.2' : '2'];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

let options;
try {
  options = readOptions();
} catch (error) {
  say(`${error.message}\n\n${USAGE}`);
  process.exit(2);
}
if (options.help) {
  console.log(USAGE);
} else {
  printTable(await main(options));
}
