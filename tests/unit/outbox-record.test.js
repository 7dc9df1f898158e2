'use strict';

// Servers with and without the addon write the same records: whatever one of them says, every other can read.
const native = require('../../native/binding.js');
const { recordOf, recordOfEverything } = require('../../strapi/server/outbox/record');

const limits = { maxBytes: 1 << 20, maxEntryBytes: 1 << 16, maxPermanentBytes: 1 << 20, fetchTimeout: 1000 };
const log = { redis: false, outbox: null, maxStaleOffline: 5000, mirrorBytes: 65_536 };
const addon = new native.Cache('outbox-record', JSON.stringify(limits), JSON.stringify(log));

/** Repeatable: a failure comes again. */
function randomly(seed) {
  let state = seed;
  const below = (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % limit;
  };
  const letters = [
    'a',
    'Z',
    '9',
    '.',
    '"',
    '\\',
    '/',
    '\n',
    '\u0001',
    '\u007f',
    'é',
    '\u2028',
    '💧',
    '<',
    "'",
  ];
  const text = () => Array.from({ length: below(20) }, () => letters[below(letters.length)]).join('');
  const several = (most, make) => Array.from({ length: below(most + 1) }, make);
  const row = () => ({ id: text(), fields: below(2) ? several(4, text) : null });
  const change = () => ({
    uid: text(),
    rows: below(4) ? several([3, 30, 250][below(3)], row) : null,
    edges: below(2) ? several(3, text) : [],
  });
  return several([2, 10, 60][below(3)], change);
}

test('the same text as the addon’s, for any changes', () => {
  let coarser = 0;
  for (let seed = 1; seed <= 150; seed += 1) {
    const changes = randomly(seed * 7919);
    const given = JSON.stringify(changes);
    const record = recordOf(changes);
    expect({ seed, record }).toEqual({ seed, record: addon.record(given) });
    // What is told later, or to this process, must not have become coarser with it.
    expect(JSON.stringify(changes)).toBe(given);
    if (Buffer.byteLength(given) > 16_384) coarser += 1;
  }
  expect(coarser).toBeGreaterThan(20);
});

test.each([
  ['rows of two types with as many', ['a', 'b'].map((uid) => whole(uid, 400))],
  ['no rows at all', [whole('a', 0)]],
  ['one row too many', [whole('a', 1000), whole('b', 1)]],
  ['too many types', Array.from({ length: 700 }, (_, i) => whole(`type-${i}`, 1))],
  ['text of several bytes', [{ uid: 'a', rows: [{ id: '💧'.repeat(4090), fields: null }], edges: [] }]],
])('the same text as the addon’s: %s', (_, changes) => {
  expect(recordOf(changes)).toBe(addon.record(JSON.stringify(changes)));
});

test.each([
  ['a word', 'schema'],
  ['text to be escaped', 'a "reason"'],
  ['too much', '💧'.repeat(300)],
  ['nothing', ''],
])('everything, because of %s', (_, why) => {
  expect(recordOfEverything(why)).toBe(addon.recordOfEverything(why));
});

function whole(uid, rows) {
  const row = (_, i) => ({ id: `document-${i}`, fields: ['title'] });
  return { uid, rows: Array.from({ length: rows }, row), edges: ['b'] };
}
