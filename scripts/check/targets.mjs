// The platforms are named in three places: package.json (what the loader and the release promise), npm/
// (what is published) and the release workflow (what is built). One that is missing somewhere means users
// whose install finds no addon, so all three must agree exactly.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseTriple } from '@napi-rs/cli';

const LIBC = { gnu: 'glibc', musl: 'musl' };

/** Disagreements between package.json, npm/ and the release workflow below `root`, one line of text each. */
export function checkTargets(root) {
  const packageJson = readJson(join(root, 'package.json'));
  const declared = packageJson.napi.targets;
  return [
    ...folders(root, packageJson, declared.map(parseTriple)),
    ...workflowJobs(join(root, '.github', 'workflows', 'release.yml'), declared),
    ...crateVersion(root, packageJson),
  ];
}

function folders(root, packageJson, targets) {
  const expected = targets.map((target) => target.platformArchABI);
  const problems = difference('npm/', readdirSync(join(root, 'npm')), expected);
  for (const target of targets) {
    const file = join(root, 'npm', target.platformArchABI, 'package.json');
    if (existsSync(file)) problems.push(...manifest(readJson(file), target, packageJson));
  }
  return problems;
}

function manifest(found, target, { name, version, license, repository, engines, napi }) {
  const addon = `${napi.binaryName}.${target.platformArchABI}.node`;
  const libc = LIBC[target.abi];
  const wanted = {
    name: `${name}-${target.platformArchABI}`,
    version,
    os: [target.platform],
    cpu: [target.arch],
    libc: libc && [libc],
    main: addon,
    files: [addon],
    license,
    repository,
    engines,
    scripts: undefined, // nothing of ours may run at install time
  };
  const wrong = Object.keys(wanted).filter(
    (key) => JSON.stringify(found[key]) !== JSON.stringify(wanted[key]),
  );
  return wrong.map((key) => {
    const [is, should] = [found[key], wanted[key]].map((value) => JSON.stringify(value) ?? 'absent');
    return `npm/${target.platformArchABI}/package.json: ${key} is ${is}, should be ${should}`;
  });
}

// Every job with a matrix of targets (build, smoke test) has to name all of them.
function workflowJobs(file, declared) {
  const jobs = readFileSync(file, 'utf8')
    .split(/^jobs:$/m)[1]
    .split(/^ {2}(?=[\w-]+:$)/m)
    .slice(1);
  const lists = jobs
    .flatMap((job) => targetLists(job).map((targets) => ({ name: /^[\w-]+/.exec(job)[0], targets })))
    .filter(({ targets }) => targets.length > 0);
  if (lists.length === 0) return ['release.yml: no job names a target'];
  return lists.flatMap(({ name, targets }) => difference(`release.yml, job ${name}`, targets, declared));
}

// A target is a value of the matrix (`- <triple>`) or belongs to an entry of it (`target: <triple>`).
function targetLists(job) {
  const matches = (pattern) => [...job.matchAll(pattern)].map((match) => match[1]);
  return [matches(/^\s+- (\w+-\w+-[\w-]+)$/gm), matches(/^\s+(?:- )?target: ([\w-]+)$/gm)];
}

// The addon reports the version of its crate, the loader that of the package.
function crateVersion(root, { version }) {
  const cargo = /\[workspace\.package\][^[]*?\nversion = "([^"]+)"/.exec(
    readFileSync(join(root, 'Cargo.toml'), 'utf8'),
  )?.[1];
  return cargo === version ? [] : [`Cargo.toml has version ${cargo}, package.json ${version}`];
}

function difference(place, found, expected) {
  const twice = found.filter((value, index) => found.indexOf(value) !== index);
  return [
    ...expected.filter((value) => !found.includes(value)).map((value) => `${place}: ${value} is missing`),
    ...found
      .filter((value) => !expected.includes(value))
      .map((value) => `${place}: ${value} is not declared`),
    ...twice.map((value) => `${place}: ${value} is named twice`),
  ];
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
