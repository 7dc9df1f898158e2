'use strict';

// Looks at the servers from outside, as Meta's Polaris does: writes growing numbers through any of them, reads through
// all of them, and says of each read whether it was allowed to be as old as it was.
const { setTimeout: sleep } = require('timers/promises');
const { createHealing } = require('./checker-healing');
const { createLedger } = require('./checker-ledger');
const { createOutages, runLoad } = require('./checker-load');
const { createRecord } = require('./checker-record');
const { places } = require('./checker-paths');

const PACE = { writers: 2, readers: 4, writesPerSecond: 20, readsPerSecond: 200 };
/** Of the reads that are lists. */
const LIST_SHARE = 0.2;
const LAG_PROBE_MS = 10_000;
const LAG_PROBE_PAUSE_MS = 5;

const pick = (list) => list[Math.floor(Math.random() * list.length)];

/**
 * servers: with `name` and `request(path, options)`
 * documents: their documentIds; each must hold 0
 * bounds: how long after its acknowledgement a write may stay unseen, in ms: by readers of the server that wrote it
 *   (`own`), and by those of the others
 * paths: `{ one(id), list, write(id, value) -> [path, options], values(json) -> Map of id to value }`
 * timeouts: a write that has no answer by then is unknown; as it may still happen, its document is left alone
 */
exports.createChecker = ({
  servers,
  documents,
  bounds = { own: 0, others: 0 },
  paths = places,
  pace = {},
  timeouts = { read: 10_000, write: 60_000 },
}) => {
  const ledger = createLedger(documents);
  const record = createRecord();
  const outages = createOutages();
  const healings = [];
  const idle = new Set(documents);
  const probed = new Set();
  /** The newest value seen, by server, road and document. */
  const seen = new Map();
  record.startPhase('start', bounds);

  const fail = (phase, server, startedAt, reason) => {
    const isExcused = outages.excuses(server, startedAt, performance.now());
    record.add(phase, isExcused ? 'excused' : 'failed');
    if (!isExcused) record.keep('failures', { phase: phase.name, server: server.name, startedAt, reason });
    return isExcused;
  };

  const noteBackwards = (phase, road, id, { server, startedAt, endedAt, value }) => {
    const key = `${server.name} ${road} ${id}`;
    const before = seen.get(key);
    if (before && before.endedAt < startedAt && value < before.value) record.add(phase, 'backwards');
    if (!before || value >= before.value) seen.set(key, { value, endedAt });
  };

  /** @returns whether the value was older than allowed */
  const judge = (phase, limits, id, read, outcome) => {
    const { own, others, unwritten } = ledger.judge(id, read);
    record.worst(phase, 'worstOwn', own);
    record.worst(phase, 'worstOthers', others);
    const isBad = unwritten || own > limits.own || others > limits.others;
    if (!isBad) return false;
    record.add(phase, 'violations');
    record.keep('violations', {
      ...{ phase: phase.name, document: id, ...read, server: read.server.name, outcome },
      ...{ newest: ledger.newest(id), staleOwn: own, staleOthers: others, unwritten },
    });
    return true;
  };

  const readOnce = async (server, path, road) => {
    const { phase } = record;
    const limits = phase.bounds;
    const startedAt = performance.now();
    let answer;
    try {
      answer = await server.request(path, { timeout: timeouts.read });
      if (answer.status !== 200) throw new Error(`${path}: status ${answer.status}`);
    } catch (error) {
      const isExcused = fail(phase, server, startedAt, error.message);
      const failed = { startedAt, endedAt: performance.now(), isBad: !isExcused };
      healings.at(-1)?.observe(server, failed);
      await sleep(20);
      return undefined;
    }
    const endedAt = performance.now();
    const outcome = answer.headers['x-pfapi-cache'] ?? 'none';
    const isHit = outcome.startsWith('hit');
    const values = paths.values(answer.json);
    record.add(phase, 'reads');
    if (isHit) record.add(phase, 'hits');
    let isBad = false;
    for (const [id, value] of values) {
      if (!documents.includes(id)) continue;
      const read = { server, startedAt, endedAt, value };
      isBad = judge(phase, limits, id, read, outcome) || isBad;
      noteBackwards(phase, road, id, read);
    }
    healings.at(-1)?.observe(server, { startedAt, endedAt, isHit, isBad });
    return { startedAt, values };
  };

  const readAny = (server) =>
    Math.random() < LIST_SHARE
      ? readOnce(server, paths.list, 'list')
      : readOnce(server, paths.one(pick(documents)), 'one');

  /** How long until another server shows a write; the reads of it count like all others. One at a time per server. */
  const probeLag = async ({ phase, document, value, endedAt }, server) => {
    probed.add(server);
    while (!load.isStopped() && !outages.isDown(server) && performance.now() < endedAt + LAG_PROBE_MS) {
      const read = await readOnce(server, paths.one(document), 'one');
      if (read?.values.get(document) >= value) {
        record.lag(phase, read.startedAt - endedAt);
        break;
      }
      await sleep(LAG_PROBE_PAUSE_MS);
    }
    probed.delete(server);
  };

  const writeOnce = async () => {
    const live = servers.filter((server) => !outages.isDown(server));
    if (live.length === 0 || idle.size === 0) return;
    const server = pick(live);
    const document = pick([...idle]);
    const { phase } = record;
    idle.delete(document);
    const write = Object.assign(ledger.startWrite(document, server), { phase });
    let answer;
    let fault;
    try {
      const [path, options] = paths.write(document, write.value);
      answer = await server.request(path, { timeout: timeouts.write, ...options });
      if (answer.status !== 200) fault = `${path}: status ${answer.status}: ${answer.text?.slice(0, 200)}`;
    } catch (error) {
      fault = error.message;
    }
    ledger.endWrite(write, !fault);
    record.add(phase, fault ? 'unknown' : 'acknowledged');
    if (fault) fail(phase, server, write.startedAt, fault);
    const mayStillHappen = !answer && performance.now() - write.startedAt >= timeouts.write;
    if (!mayStillHappen) idle.add(document);
    const other = fault ? undefined : pick(live.filter((one) => one !== server && !probed.has(one)));
    if (other) probing.push(probeLag(write, other));
  };

  const probing = [];
  const load = runLoad({ servers, pace: { ...PACE, ...pace }, write: writeOnce, read: readAny });

  return {
    /** What comes now is counted under this name; `bounds` may be others from here on. */
    phase: (name, limits = record.phase.bounds) => record.startPhase(name, limits),
    /** Failed requests to `server` are no faults until what `fn` does is done. */
    expectDown: (server, fn, options) => outages.expect(server, fn, options),
    /** A fault ends now. */
    healed: () => healings.push(createHealing(servers, record.phase.name)),
    /** ms from the last `healed()` until all servers were right and had hits again; undefined while they have not. */
    healTime: () => healings.at(-1)?.time(),
    /** Ends the requests and gives the report; may be called again. Without it the process would not end. */
    async stop() {
      await load.stop();
      await Promise.all(probing);
      const heals = healings.map((healing) => ({ phase: healing.phase, ms: healing.time() ?? null }));
      const summary = record.summary();
      // A run that looked at nothing proves nothing.
      const hasLooked = summary.reads > 0 && summary.acknowledged > 0;
      return { ok: hasLooked && summary.violations === 0 && summary.failed === 0, ...summary, heals };
    },
  };
};
