'use strict';

// Before anything that requires them: nothing is hoisted here.
jest.mock('../../strapi/server/plugin');
jest.mock('../../strapi/server/handles/routes');
jest.mock('../../strapi/server/metrics/route');
const { createPlugin } = require('../../strapi/server/plugin');
const register = require('../../strapi/server/register');

const WRITES = ['create', 'createMany', 'update', 'updateMany', 'delete', 'deleteMany'];
const RELATIONS = ['attachRelations', 'updateRelations', 'deleteRelations'];
const READS = ['findOne', 'findMany', 'count'];

let entityManager;
let plugin;
let original;

beforeEach(() => {
  entityManager = Object.fromEntries(
    [...WRITES, ...RELATIONS, ...READS].map((name) => [name, async () => {}]),
  );
  original = { ...entityManager };
  const lifecycles = { subscribe: jest.fn(), run: async () => {} };
  const connection = { on: jest.fn() };
  const strapi = { db: { entityManager, lifecycles, connection } };
  plugin = {
    strapi,
    cache: {},
    bypass: null,
    writes: null,
    log: { warn: jest.fn() },
    foreign: { fault: null, listen: jest.fn() },
  };
  createPlugin.mockImplementation(() => plugin);
});

const begin = () => register({ strapi: plugin.strapi });
const wrapped = (names) => names.filter((name) => entityManager[name] !== original[name]);

test('a Strapi that is as expected is followed, reads and writes', () => {
  begin();
  expect(plugin).toMatchObject({ cache: {}, bypass: null, writes: expect.any(Object) });
  expect(wrapped([...WRITES, ...RELATIONS, ...READS])).toHaveLength(12);
  expect(plugin.log.warn).not.toHaveBeenCalled();
});

test.each(['addon-missing', 'switched-off'])('without a cache (%s) its writes are', (bypass) => {
  Object.assign(plugin, { cache: null, bypass });
  begin();
  expect(plugin).toMatchObject({ cache: null, bypass, writes: expect.any(Object) });
  expect(wrapped(WRITES)).toEqual(WRITES);
  expect(wrapped(READS)).toEqual([]);
  expect(plugin.log.warn).not.toHaveBeenCalled();
});

test.each([
  ['reads are not those we know', () => delete entityManager.count],
  [
    'foreign code cannot be watched',
    () => (plugin.foreign.fault = 'This Strapi has no use to register code with.'),
  ],
])('where %s its writes are, and nothing is cached', (_, change) => {
  change();
  begin();
  expect(plugin).toMatchObject({ cache: null, bypass: 'unknown-strapi', writes: expect.any(Object) });
  expect(wrapped(WRITES)).toEqual(WRITES);
  const [[code, text]] = plugin.log.warn.mock.calls;
  expect([code, text]).toEqual([
    'PFAPI_UNKNOWN_STRAPI',
    expect.stringMatching(/^This Strapi has no .*uncached\.$/),
  ]);
});

test.each([
  [{}, null, 'unknown-strapi'],
  [null, 'addon-missing', 'addon-missing'],
])('where a write is not one we know, none is followed, and that is said once', (cache, before, after) => {
  Object.assign(plugin, { cache, bypass: before });
  delete entityManager.updateRelations;
  original = { ...entityManager };
  begin();
  expect(plugin).toMatchObject({ cache: null, bypass: after, writes: null });
  expect(wrapped([...WRITES, ...RELATIONS, ...READS])).toEqual([]);
  expect(plugin.log.warn.mock.calls).toEqual([
    ['PFAPI_UNKNOWN_STRAPI', expect.stringContaining('entityManager.updateRelations')],
  ]);
});
