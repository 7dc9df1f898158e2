'use strict';

const { recordOf, recordOfEverything } = require('../outbox/record');
const { newId } = require('./change-id');
const { Merged } = require('./merged');

/**
 * What is written during the boot before the outbox is there: other plugins may bootstrap earlier, and a project may
 * seed. One per type is kept, and at most so many rows.
 */
class Early {
  #merged = new Merged();
  /** @type {string | null} */
  #everything = null;

  /** @param {string} record as it would have been announced */
  add(record) {
    const { changes, everything } = JSON.parse(record);
    if (!changes) this.#everything ??= String(everything);
    for (const { uid, rows = null, edges = [] } of changes ?? []) this.#merged.add({ uid, rows, edges });
  }

  /** All of it as one change; null if there was none. */
  take() {
    const record = this.#record();
    this.#merged = new Merged();
    this.#everything = null;
    return record && { id: newId(), record };
  }

  #record() {
    if (this.#everything !== null) return recordOfEverything(this.#everything);
    return this.#merged.empty ? null : recordOf(this.#merged.changes());
  }
}

module.exports = { Early };
