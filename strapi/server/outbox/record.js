'use strict';

/** A record in the outbox is never longer, so that the log's memory does not depend on what users write. */
const MAX_BYTES = 16 * 1024;
const MAX_REASON = 200;

/**
 * The text by which other processes learn of changes, as the addon makes it, for when there is none: byte for byte the
 * same. What does not fit loses its rows, the type with the most first: it then counts as changed whole.
 *
 * @param {import('../writes/change').Change[]} changes
 */
function recordOf(changes) {
  const wired = changes.map(({ uid, rows, edges = [] }) => ({
    uid,
    rows: rows && rows.map(({ id, fields = null }) => ({ id, fields })),
    ...(edges.length > 0 && { edges }),
  }));
  for (;;) {
    const text = JSON.stringify({ v: 1, changes: wired });
    if (Buffer.byteLength(text) <= MAX_BYTES) return text;
    const largest = mostRows(wired);
    if (!largest) return recordOfEverything('too many types in one change');
    largest.rows = null;
  }
}

/** Of several with as many rows the last: so does the addon. */
function mostRows(wired) {
  const count = ({ rows }) => (rows === null ? -1 : rows.length);
  const largest = wired.reduce((most, change) => (count(change) >= count(most) ? change : most), {
    rows: null,
  });
  return largest.rows === null ? undefined : largest;
}

/** The record that counts everything as changed. */
function recordOfEverything(why) {
  return JSON.stringify({ v: 1, everything: [...why].slice(0, MAX_REASON).join('') });
}

/**
 * The record of changes: the addon's where there is one, the same made here where there is none.
 *
 * @param {{ cache: import('../engine/cache').Cache | null }} plugin
 * @param {import('../writes/change').Change[]} changes
 */
const recordBy = ({ cache }, changes) => (cache ? cache.record(changes) : recordOf(changes));

module.exports = { recordBy, recordOf, recordOfEverything };
