import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { root } from './places.mjs';
import { note } from './report.mjs';

const NODE = '20.0';
const AGAIN = 'then open a new terminal and run `npm run demo` again.';

export function checkToolchain() {
  checkNode();
  checkCargo();
  checkLinker();
}

function checkNode() {
  const version = process.versions.node;
  if (!atLeast(version, NODE)) {
    throw new Failure(
      `Node ${version} is too old: install Node 20 or newer from https://nodejs.org, ${AGAIN}`,
    );
  }
  note(`Node ${version}`);
}

function checkCargo() {
  const needed = /rust-version = "([\d.]+)"/.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))[1];
  const version = /cargo ([\d.]+)/.exec(outputOf('cargo', '--version') ?? '')?.[1];
  if (!version) {
    throw new Failure(
      `Rust is missing (no \`cargo\` in the PATH), and the addon is built from source here.\n` +
        `Install Rust ${needed} or newer from https://rustup.rs, ${AGAIN}`,
    );
  }
  if (!atLeast(version, needed)) {
    throw new Failure(
      `Rust ${version} is too old: ${needed} is needed. Run \`rustup update stable\`, ${AGAIN}`,
    );
  }
  note(`Rust ${version}`);
}

// Rust brings no linker on Linux and macOS, and says so only in the middle of a build.
function checkLinker() {
  if (process.platform === 'win32' || outputOf('cc', '--version')) return;
  const how =
    process.platform === 'darwin'
      ? 'Run `xcode-select --install`'
      : 'Install a C toolchain (Debian and Ubuntu: `sudo apt install build-essential`)';
  throw new Failure(`There is no C linker (no \`cc\` in the PATH), which Rust needs. ${how}, ${AGAIN}`);
}

function outputOf(command, ...args) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return result.status === 0 ? result.stdout : undefined;
}

function atLeast(version, needed) {
  const [major, minor] = version.split('.').map(Number);
  const [neededMajor, neededMinor] = needed.split('.').map(Number);
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
}
