#!/usr/bin/env node
// The README's table of options, made from strapi/server/config/options.js.
//
//   node scripts/options-table.mjs            writes it between the markers in README.md
//   node scripts/options-table.mjs --check    fails when README.md says something else, and says where
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { options } = createRequire(import.meta.url)(join(root, 'strapi', 'server', 'config', 'options.js'));
const README = join(root, 'README.md');
const BEGIN = '<!-- options -->';
const END = '<!-- /options -->';
const HEAD = ['Option', 'Type', 'Default', 'Allowed', 'Meaning'];

/** The table, one line per option, without a line break at its end. */
export function optionsTable(group = options) {
  const rows = rowsOf(group, '');
  // A pipe would end the cell, in code too.
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(HEAD), line(HEAD.map(() => '---')), ...rows.map(line)].join('\n');
}

function rowsOf(group, path) {
  return Object.entries(group).flatMap(([key, node]) => {
    const name = code(`${path}${key}`);
    if (!node.options) return [[name, typeOf(node), defaultOf(node), allowedOf(node), node.description]];
    // The same group again: its rows are there already, and its defaults are theirs.
    if (node !== options[key] && node.options === options[key]?.options) {
      return [[name, 'object', `${node.default}, key by key`, `as ${code(key)}`, node.description]];
    }
    const own = node.each ? `${path}${key}.${node.each}` : `${path}${key}`;
    return [[code(own), 'object', '', '', node.description], ...rowsOf(node.options, `${own}.`)];
  });
}

function typeOf({ type }) {
  return (
    {
      path: 'string',
      name: 'string',
      secret: 'string',
      token: 'string',
      strings: 'list of strings',
      urls: 'string or list of strings',
      query: 'object',
    }[type] ?? type
  );
}

function defaultOf(node) {
  if (node.required) return '**required**';
  const { default: value, type, unit } = node;
  if (value === null || value === undefined) return 'none';
  // A default that says where the value comes from, in words.
  if (typeof value === 'string' && !['string', 'name', 'path'].includes(type)) return value;
  return `${code(JSON.stringify(value))}${readable(value, unit)}`;
}

function allowedOf({ type, min, max, unit, keys }) {
  switch (type) {
    case 'number':
      return `${min} to ${max}${readable(max, unit)}${unit ? `, in ${unit}` : ''}`;
    case 'boolean':
      return '`true`, `false`';
    case 'path':
      return 'begins with `/`, ends without';
    case 'query':
      return keys.map(code).join(', ');
    default:
      return '';
  }
}

const UNITS = {
  bytes: [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ],
  s: [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ],
  ms: [
    ['min', 60_000],
    ['s', 1000],
  ],
};

/** ` (64 MiB)` beside a number that is hard to read, in the largest unit that it is a whole number of. */
function readable(value, unit) {
  if (typeof value !== 'number' || value === 0) return '';
  const [name, size] = (UNITS[unit] ?? []).find(([, each]) => value % each === 0) ?? [];
  return name ? ` (${value / size} ${name})` : '';
}

const code = (text) => `\`${text}\``;

/** The text of a README with the table put in. */
export function withTable(readme, table = optionsTable()) {
  const { before, after } = partsOf(readme);
  return `${before}\n\n${table}\n\n${after}`;
}

/** What is between the markers, without the empty lines around it. */
export function tableIn(readme) {
  return partsOf(readme).between.trim();
}

function partsOf(readme) {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end < begin || readme.indexOf(BEGIN, begin + 1) !== -1) {
    throw new Error(`README.md must have ${BEGIN} once, and ${END} after it.`);
  }
  const start = begin + BEGIN.length;
  return { before: readme.slice(0, start), between: readme.slice(start, end), after: readme.slice(end) };
}

/** The lines in which two tables differ, as `diff` shows them. */
export function differences(found, wanted) {
  const [old, fresh] = [found.split('\n'), wanted.split('\n')];
  return [
    ...old.filter((line) => line !== '' && !fresh.includes(line)).map((line) => `- ${line}`),
    ...fresh.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
  ];
}

function main(args) {
  if (args.some((arg) => arg !== '--check'))
    return fail('usage: node scripts/options-table.mjs [--check]', 2);
  if (!existsSync(README)) return fail('there is no README.md');
  try {
    const readme = readFileSync(README, 'utf8');
    return args.length > 0 ? check(tableIn(readme)) : write(readme, withTable(readme));
  } catch (error) {
    return fail(error.message);
  }
}

function check(found) {
  const wanted = optionsTable();
  if (found === wanted) return say('README.md has the options of the code');
  const lines = differences(found, wanted);
  const shown = lines.length > 0 ? lines : ['the same lines in another order'];
  return fail(`README.md and strapi/server/config/options.js differ:\n${shown.join('\n')}`);
}

function write(before, after) {
  if (before === after) return say('README.md is up to date');
  writeFileSync(README, after);
  return say('README.md has the options of the code now');
}

const say = (message) => console.log(`options-table: ${message}`);

function fail(message, code = 1) {
  console.error(`options-table: ${message}`);
  process.exitCode = code;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
