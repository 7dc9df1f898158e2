import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { root } from './places.mjs';
import { note } from './report.mjs';

export async function installPackages() {
  const reason = whyInstall();
  if (!reason) {
    note('node_modules is up to date');
    return;
  }
  note(reason);
  await run('install', 'npm', ['ci', '--no-audit', '--no-fund']);
}

// Compares contents, not times: a fresh checkout gives the lock file a new time and changes nothing.
function whyInstall() {
  const installedLock = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return 'node_modules is missing: installing';
  const wanted = readLock(join(root, 'package-lock.json'));
  const installed = readLock(installedLock);
  const stale = Object.entries(wanted).find(([path, { version, optional, peer, link }]) => {
    if (path === '' || link) return false;
    // An optional package may rightly be absent, as when it is for another platform.
    if (!installed[path]) return !optional && !peer;
    return installed[path].version !== version;
  });
  return stale && `${stale[0]} should be ${stale[1].version}: installing`;
}

const readLock = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
