'use strict';

/** More rows of one type than this count as the whole type; the addon has the same bound. */
const MAX_ROWS = 200;

/** Changes taken together, one per type. */
class Merged {
  /** @type {Map<string, { rows: import('./change').Change['rows'], edges: Set<string> }>} */
  #types = new Map();

  get empty() {
    return this.#types.size === 0;
  }

  /** @param {import('./change').Change} change */
  add({ uid, rows, edges }) {
    const known = this.#types.get(uid) ?? { rows: [], edges: new Set() };
    this.#types.set(uid, known);
    for (const edge of edges) known.edges.add(edge);
    if (known.rows && rows && known.rows.length + rows.length <= MAX_ROWS) known.rows.push(...rows);
    else known.rows = null;
  }

  /** @returns {import('./change').Change[]} */
  changes() {
    return [...this.#types].map(([uid, { rows, edges }]) => ({ uid, rows, edges: [...edges] }));
  }
}

/** @param {import('./change').Change[]} changes */
function merge(changes) {
  const merged = new Merged();
  for (const change of changes) merged.add(change);
  return merged.changes();
}

module.exports = { Merged, merge };
