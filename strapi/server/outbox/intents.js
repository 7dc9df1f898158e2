'use strict';

const { intend, LIMIT } = require('./intend');
const { Kind } = require('./intent');
const { within } = require('./within');
const { newId } = require('../writes/change-id');

/** How long an intent stands after the last write of a burst, in milliseconds. */
const QUIET = 250;

/** How long it stands when a write may still take effect, though its writer was told of an error. */
const LATE = 5000;

/** An intent takes new writes for so long at most, so that no cleaner takes its writer for dead. */
const MAX_AGE = 10_000;

/**
 * Announces writes that no transaction holds: before such a write an *intent* says what may change, afterwards the row
 * says what did. If the writer dies in between, the others still have the intent.
 *
 * Each costs a statement, and a statement that commits costs a disk flush. So writes of one kind (type and relations)
 * share an intent: those that run at the same time, and those of a burst, for which it is kept standing. While it
 * stands, everyone's polls apply it, so whoever relies on it is covered.
 */
class Intents {
  #rows;
  #recordOf;
  #failed;
  #maxAge;
  #inOwnContext;
  #intending;
  #closed = false;
  #known;
  /** Those whose rows are there, or are being written. @type {Map<string, import('./intent').Intent>} */
  #open = new Map();
  /** By kind: the intent that takes writes, and when the last writes began. */
  #kinds = new Map();
  /** Relations that hooks have added to the data of a type: known only when the write is over. */
  #added = new Map();

  /**
   * @param {object} options
   * @param {ReturnType<typeof import('./rows').createRows>} options.rows
   * @param {(changes: import('../writes/change').Change[]) => string} options.recordOf
   * @param {(error: Error) => void} options.failed counts and logs
   * @param {(id: string) => void} [options.known] what will stand under this id has been applied to this process's memory
   * @param {number} [options.longestWrite] milliseconds after which a cleaner takes an intent's writer for dead
   * @param {(fn: () => any) => any} [options.inOwnContext] timers must not carry a request's or a transaction's context
   */
  constructor({
    rows,
    recordOf,
    failed,
    known = () => {},
    longestWrite = Infinity,
    inOwnContext = (fn) => fn(),
  }) {
    this.#rows = rows;
    this.#recordOf = recordOf;
    this.#failed = failed;
    this.#known = known;
    this.#maxAge = Math.min(MAX_AGE, longestWrite / 4);
    this.#inOwnContext = inOwnContext;
    this.#intending = { rows, recordOf, failed, inOwnContext };
  }

  get open() {
    return this.#open.size;
  }

  /**
   * Intents of this process, by id. Its own memory need not hear of them: each write is applied when it ends. But one
   * that may take effect later is as good as a stranger's.
   */
  get own() {
    return [...this.#open.values()].filter(({ late }) => !late).map(({ id }) => id);
  }

  /**
   * A write is about to begin. It must wait for `ready` if there is one, and give the intent back to `end`.
   *
   * @param {import('../writes/change').Change} change what may change, as far as it is known
   * @returns {import('./intent').Intent}
   */
  begin(change) {
    const edges = [...new Set([...change.edges, ...(this.#added.get(change.uid) ?? [])])].sort();
    const kind = this.#kindOf(change.uid, edges);
    const now = performance.now();
    const close = now - kind.last <= QUIET;
    let standing = kind.count(now);
    let intent = kind.current;
    if (intent && (intent.closed || now - intent.since > this.#maxAge)) {
      // A burst goes on with another.
      standing ||= intent.standing && !intent.closed && close;
      this.#retire(intent);
      intent = null;
    }
    if (!intent) {
      intent = this.#insert({ uid: change.uid, rows: null, edges }, now);
      if (!this.#closed) kind.current = intent;
    }
    clearTimeout(intent.timer);
    intent.timer = undefined;
    intent.running += 1;
    if (standing && !this.#closed) intent.standing = true;
    return intent;
  }

  /**
   * The write is over. Gives a promise if there is something that its writer has to wait for.
   *
   * @param {import('./intent').Intent} intent
   * @param {import('../writes/change').Change} change
   * @param {string} id
   * @param {string} record
   * @param {boolean} [late] whether the write may still take effect
   * @returns {Promise<void> | null}
   */
  end(intent, change, id, record, late = false) {
    intent.add(change, id, record);
    intent.running -= 1;
    this.#learn(intent, change);
    if (late) intent.late = true;
    if (intent.running > 0) return null;
    if (this.#closed || !intent.durable || !(intent.late || (intent.standing && !intent.closed)))
      return within(LIMIT, this.#settle(intent), () => {});
    const wait = intent.late ? LATE : QUIET;
    intent.timer = this.#inOwnContext(() => setTimeout(() => this.#settle(intent), wait).unref());
    return null;
  }

  /** Settles what stands; from now on every write has an intent of its own. Those still running settle at their end. */
  async close() {
    this.#closed = true;
    for (const kind of this.#kinds.values()) kind.current = null;
    const settled = [...this.#open.values()].map((intent) =>
      intent.running === 0 ? this.#settle(intent) : null,
    );
    await Promise.all(settled);
  }

  #kindOf(uid, edges) {
    const name = [uid, ...edges].join(' ');
    let kind = this.#kinds.get(name);
    if (!kind) this.#kinds.set(name, (kind = new Kind()));
    return kind;
  }

  #insert(change, now) {
    const intent = intend(this.#intending, change, now);
    this.#open.set(intent.id, intent);
    return intent;
  }

  /** Too old for new writes. One that waits for a late effect waits on. */
  #retire(intent) {
    intent.closed = true;
    if (intent.running === 0 && !intent.late) this.#settle(intent);
  }

  #settle(intent) {
    intent.closed = true;
    clearTimeout(intent.timer);
    intent.settled ??= this.#write(intent)
      // Then the intent stays, is applied by every poll, and is made a row by a cleaner.
      .catch((error) => this.#failed(error))
      .finally(() => this.#open.delete(intent.id));
    return intent.settled;
  }

  /** The row is news to everyone else, but for that of a single write, which was published under the same id. */
  async #write(intent) {
    const alone = intent.writes === 1 && !intent.late;
    const { id, record } = alone
      ? intent.last
      : { id: newId(), record: this.#recordOf(intent.merged.changes()) };
    if (!intent.late) this.#known(id);
    if (intent.durable || intent.inserted) await this.#rows.settle(intent.id, id, record);
    else await this.#rows.add(id, record);
  }

  /** A hook has set a relation that the call did not: it may do so again, so from now on an intent says it too. */
  #learn(intent, { uid, edges }) {
    const unforeseen = edges.filter((edge) => !intent.edges.includes(edge));
    if (unforeseen.length === 0) return;
    this.#added.set(uid, new Set([...(this.#added.get(uid) ?? []), ...unforeseen]));
  }
}

module.exports = { Intents };
