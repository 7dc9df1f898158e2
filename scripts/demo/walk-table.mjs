import { isDeepStrictEqual } from 'node:util';
import { say } from './report.mjs';

const COLUMNS = [
  ['step', 22],
  ['request', 44],
  ['X-Pfapi-Cache', 24],
  ['status', 6],
  ['time', 10],
];

// Prints each row as soon as it is known, and under it what was not as expected.
export function createTable() {
  let failures = 0;
  print(COLUMNS.map(([name]) => name));
  say(`|${COLUMNS.map(([, width]) => '-'.repeat(width + 2)).join('|')}|`);

  return {
    row(step, request, { cache, status, ms }, checks) {
      print([step, request, cache ?? '-', String(status), `${ms.toFixed(ms < 10 ? 2 : 1)} ms`]);
      for (const { what, expected, got } of checks.filter((check) => !check.ok)) {
        failures += 1;
        say(`|   FAILED: ${what}`);
        say(`|     expected ${expected}`);
        say(`|     got      ${got}`);
      }
    },
    failures: () => failures,
  };
}

function print(cells) {
  say(`| ${cells.map((cell, index) => fit(cell, COLUMNS[index])).join(' | ')} |`);
}

// Times line up at their unit, everything else at its beginning.
function fit(cell, [name, width]) {
  const short = cell.length > width ? `${cell.slice(0, width - 1)}…` : cell;
  return name === 'time' && cell !== name ? short.padStart(width) : short.padEnd(width);
}

const shown = (value) => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
};

export const equal = (what, got, expected) => ({
  what,
  ok: isDeepStrictEqual(got, expected),
  expected: shown(expected),
  got: shown(got),
});

export const matches = (what, got, pattern) => ({
  what,
  ok: typeof got === 'string' && pattern.test(got),
  expected: `something like ${pattern}`,
  got: shown(got),
});

export const differs = (what, got, other) => ({
  what,
  ok: got !== undefined && got !== other,
  expected: `anything but ${shown(other)}`,
  got: shown(got),
});

export const holds = (what, is) => equal(what, is, true);
