'use strict';

// What has been written, and how old a value a read may show. Times are performance.now() of the checker, which is
// the only process that measures, so clocks need not agree.

/** The writes to one document, oldest first: { value, startedAt, endedAt, server, status }. */
const createHistory = () => [{ value: 0, startedAt: -Infinity, endedAt: -Infinity, status: 'acknowledged' }];

/** `documents`: their names; each holds 0 at first. */
exports.createLedger = (documents) => {
  const histories = new Map(documents.map((document) => [document, createHistory()]));

  return {
    /** The next value of a document. There may be one write to a document at a time, so that their order is known. */
    startWrite(document, server) {
      const history = histories.get(document);
      const write = { document, server, value: history.length, startedAt: performance.now(), status: 'open' };
      history.push(write);
      return write;
    },

    /** Without an answer a write is unknown: its value and older ones are right until a later one is acknowledged. */
    endWrite(write, isAcknowledged) {
      write.endedAt = performance.now();
      write.status = isAcknowledged ? 'acknowledged' : 'unknown';
    },

    newest: (document) => histories.get(document).at(-1).value,

    /**
     * A read on `server` that began at `startedAt` and showed `value`. Of the acknowledged writes that are newer, the
     * earliest on this server and the earliest on another say for how long it was stale when the read began.
     * @returns `{ own, others }` in ms, 0 if it was not stale; `unwritten` if nobody has written that value
     */
    judge(document, { server, startedAt, endedAt, value }) {
      const history = histories.get(document);
      const source = history[value];
      const found = { own: 0, others: 0, unwritten: !source || source.startedAt > endedAt };
      if (found.unwritten) return found;
      for (const write of history.slice(value + 1)) {
        if (write.status !== 'acknowledged' || write.endedAt >= startedAt) continue;
        const kind = write.server === server ? 'own' : 'others';
        found[kind] = Math.max(found[kind], startedAt - write.endedAt);
      }
      return found;
    },
  };
};
