#!/usr/bin/env node
// `npm run demo`: from a fresh checkout to a running site, then a walk that shows what the plugin does.
// Needs nothing but Node to start; whatever else is missing is installed or named.
import { rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { run } from './demo/command.mjs';
import { Failure, Interrupted } from './demo/failure.mjs';
import { createClient } from './demo/http.mjs';
import { readOptions, USAGE } from './demo/options.mjs';
import { installPackages } from './demo/packages.mjs';
import { root, tokenFile } from './demo/places.mjs';
import { choosePort } from './demo/port.mjs';
import { createSteps, note, say } from './demo/report.mjs';
import { startSite } from './demo/site.mjs';
import { checkToolchain } from './demo/toolchain.mjs';
import { COUNT, LIST, oneOf, walk } from './demo/walk.mjs';
import { createTable } from './demo/walk-table.mjs';

const STEPS = 6;
let site;
let signalled = false;

const interrupted = new Promise((resolve) => {
  const stopSoon = () => {
    // A second Ctrl-C means now; the child notices that its parent is gone.
    if (signalled) process.exit(130);
    signalled = true;
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stopSoon);
  // The reader of a pipe has left, as `head` does: there is nobody to walk for.
  process.stdout.on('error', () => signalled || stopSoon());
});
const unlessInterrupted = (work) =>
  Promise.race([
    work,
    interrupted.then(() => {
      throw new Interrupted();
    }),
  ]);

async function demo(options) {
  const step = createSteps(STEPS);
  step('Checking Node and Rust');
  checkToolchain();
  step('Installing packages');
  await unlessInterrupted(installPackages());
  step('Building the native addon');
  await unlessInterrupted(run('build', process.execPath, ['scripts/build-native.mjs']));

  step('Starting Strapi with 45,000 cities');
  site = startSite(await choosePort(options.port));
  const token = await unlessInterrupted(site.ready);

  step('Walking through it');
  const failures = await walkThrough(site, token);
  if (options.check) {
    step('Stopping');
    await stop();
  } else {
    step('Your turn');
    showWhatToTry(site.url, token);
    await Promise.race([interrupted, site.ended.then(stoppedEarly)]);
    say('\nStopping ...');
    await stop();
  }
  return failures === 0 ? 0 : 1;
}

async function walkThrough({ url, log }, token) {
  const client = createClient(url);
  const get = (...request) => {
    if (signalled) throw new Interrupted();
    return client(...request);
  };
  const table = createTable();
  try {
    const { plainMs, hitMs } = await walk({ get, client, token, table });
    const failures = table.failures();
    say();
    if (failures > 0)
      note(`Not as expected: ${failures}, see FAILED above. Strapi's log: ${relative(root, log)}`);
    else
      note(
        `All as expected. A hit took 1/${(plainMs / hitMs).toFixed(0)} of the time of Strapi's own answer.`,
      );
    return failures;
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    throw new Failure(`The walk ended early: ${error.message}`, { log });
  }
}

function showWhatToTry(url, token) {
  // A full-access token is 256 characters and a secret: into a file for the commands below, not onto the screen.
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const tokyo = oneOf({ slug: 'tokyo-jp' });
  say('  Open:');
  say(`    ${url}${LIST}`);
  say(`    ${url}${LIST}?filters%5BcountryCode%5D=JP`);
  say(`    ${url}${tokyo}`);
  say(`    ${url}${COUNT}`);
  say(`    ${url}/api/cities?filters%5Bslug%5D=tokyo-jp`);
  say('\n  See an edit arrive (a hit, the edit, and a miss that shows it):');
  say(`    curl -si ${url}${tokyo} | grep -iE 'x-pfapi-cache|population'`);
  say(
    `    ID=$(curl -sg '${url}/api/cities?filters[slug]=tokyo-jp' | grep -o '"documentId":"[^"]*' | cut -d'"' -f4)`,
  );
  say(
    `    curl -s -X PUT ${url}/api/cities/$ID -H "Authorization: Bearer $(cat ${relative(root, tokenFile)})" \\`,
  );
  say(`      -H 'Content-Type: application/json' -d '{"data":{"population":8336600}}'`);
  say(`    curl -si ${url}${tokyo} | grep -iE 'x-pfapi-cache|population'`);
  say('\n  City data (c) GeoNames (geonames.org), CC BY 4.0.');
  say('\n  Ctrl-C stops it.');
}

function stoppedEarly(how) {
  throw new Failure(`Strapi stopped by itself (${how}).`, { log: site.log });
}

async function stop() {
  rmSync(tokenFile, { force: true });
  await site?.stop();
}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (!options.help) return demo(options);
  say(USAGE);
  return 0;
}

let code;
try {
  code = await main();
} catch (error) {
  code = error instanceof Interrupted ? 130 : 1;
  say(
    error instanceof Interrupted ? '\nStopping ...' : `\n${error instanceof Failure ? error : error.stack}`,
  );
  await stop();
}
process.exit(code);
