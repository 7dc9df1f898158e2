'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { options } = require('../../strapi/server/config/options');

const root = path.resolve(__dirname, '../..');
const tool = pathToFileURL(path.join(root, 'scripts/options-table.mjs'));

/** What an expression over the tool's exports gives. In a process of its own: the tool is an ES module. */
function evaluate(expression) {
  const program = `import * as tool from ${JSON.stringify(tool)}; console.log(JSON.stringify(${expression}));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  return JSON.parse(output);
}

/** The names of all options, dotted. */
function namesOf(group, prefix = '') {
  return Object.entries(group).flatMap(([key, node]) => {
    const name = `${prefix}${key}${node.each ? `.${node.each}` : ''}`;
    const repeated = prefix !== '' && node.options && node.options === options[key]?.options;
    return node.options && !repeated ? [name, ...namesOf(node.options, `${name}.`)] : [name];
  });
}

const table = evaluate('tool.optionsTable()');

/** The cells of the row of an option. */
function rowOf(name) {
  const row = table.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
  return row?.slice(2, -2).split(' | ');
}

test('README.md has the options of the code; if not, run `node scripts/options-table.mjs`', () => {
  const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
  expect(evaluate(`tool.tableIn(${JSON.stringify(readme)})`)).toBe(table);
});

test('every option has one row, in the order of the code', () => {
  const names = table
    .split('\n')
    .slice(2)
    .map((line) => /^\| `([^`]+)` \|/.exec(line)[1]);
  expect(names).toEqual(namesOf(options));
  expect(names).toContain('handles.<name>.ttl');
  expect(names).toContain('local.maxBytes');
});

test('every row has five cells and says something', () => {
  for (const line of table.split('\n')) {
    expect(line.split(/(?<!\\) \| |^\| | \|$/)).toHaveLength(7);
    expect(line).not.toMatch(/undefined|null|\[object|NaN/);
  }
});

test('numbers are easy to read', () => {
  expect(rowOf('local.maxBytes').slice(2, 4)).toEqual([
    '`67108864` (64 MiB)',
    '1048576 to 68719476736 (64 GiB), in bytes',
  ]);
  expect(rowOf('ttl').slice(2, 4)).toEqual(['`3600` (1 h)', '1 to 31536000 (365 d), in s']);
  expect(rowOf('fetchTimeout')[2]).toBe('`60000` (1 min)');
  expect(rowOf('cacheControl.maxAge')[2]).toBe('`0`');
});

test('defaults are values, words or none', () => {
  expect(rowOf('prefix')[2]).toBe('`"/pfapi"`');
  expect(rowOf('cacheControl.sMaxAge')[2]).toBe('none');
  expect(rowOf('handles.<name>.uid')[2]).toBe('**required**');
  expect(rowOf('handles.<name>.ttl')[2]).toBe('that of the plugin');
  expect(rowOf('handles.<name>.params')[2]).toBe('`{}`');
});

describe('in a README', () => {
  const readme = 'Before\n<!-- options -->\nold\n<!-- /options -->\nAfter\n';
  const call = (text) => `tool.withTable(${JSON.stringify(text)}, 'new')`;

  test('the text between the markers is replaced, and once more gives the same', () => {
    const written = evaluate(call(readme));
    expect(written).toBe('Before\n<!-- options -->\n\nnew\n\n<!-- /options -->\nAfter\n');
    expect(evaluate(call(written))).toBe(written);
  });

  test.each([
    ['no marker', 'nothing'],
    ['no end', '<!-- options -->'],
    ['the end first', '<!-- /options --> <!-- options -->'],
    ['two beginnings', '<!-- options --><!-- options --><!-- /options -->'],
  ])('%s is an error', (_, text) => {
    const attempt = `(() => { try { return ${call(text)} } catch (error) { return error.message } })()`;
    expect(evaluate(attempt)).toMatch(/^README\.md must have <!-- options --> once/);
  });

  test('the lines that differ are told', () => {
    expect(evaluate(`tool.differences('a\\nb\\nc', 'a\\nB\\nc')`)).toEqual(['- b', '+ B']);
  });
});
