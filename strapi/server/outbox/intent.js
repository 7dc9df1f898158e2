'use strict';

const { Merged } = require('../writes/merged');

/** So many writes of a kind within so many milliseconds are a burst. */
const BURST = 4;
const BURST_WINDOW = 250;

/**
 * One intent row, and the writes that rely on it: those that began after it was committed and before it was settled.
 */
class Intent {
  /** The row is there: every write that relies on it may start. False if it could not be inserted. */
  durable = false;
  /** The row came after its writes had given up waiting for it. They are told as if it were not there. */
  inserted = false;
  /** Resolves when `durable` is decided; null from then on. @type {Promise<void> | null} */
  ready;
  /** Stays for a while after its last write, for more of its kind. */
  standing = false;
  /** One of its writes may still take effect, though its writer was told of an error. */
  late = false;
  /** Takes no further writes. */
  closed = false;
  running = 0;
  writes = 0;
  merged = new Merged();
  /** The last write's id and record. @type {{ id: string, record: string } | null} */
  last = null;
  /** @type {NodeJS.Timeout | undefined} */
  timer;
  /** Until it has been made a row. @type {Promise<void> | null} */
  settled = null;

  constructor(id, edges, since, inserted) {
    this.id = id;
    /** Types that it says may have other relations. @type {string[]} */
    this.edges = edges;
    this.since = since;
    this.ready = inserted.then((durable) => {
      this.durable = durable;
      this.ready = null;
    });
  }

  add(change, id, record) {
    this.writes += 1;
    this.merged.add(change);
    this.last = { id, record };
  }
}

/** Writes of one type that set relations to the same types. */
class Kind {
  /** @type {Intent | null} */
  current = null;
  /** When the last writes began, oldest first. @type {number[]} */
  #begun = [];

  get last() {
    return this.#begun.at(-1) ?? -Infinity;
  }

  /** Counts a write that begins; true if it is one of a burst. */
  count(now) {
    this.#begun.push(now);
    if (this.#begun.length < BURST) return false;
    const first = /** @type {number} */ (this.#begun.at(-BURST));
    this.#begun.shift();
    return now - first <= BURST_WINDOW;
  }
}

module.exports = { Intent, Kind };
