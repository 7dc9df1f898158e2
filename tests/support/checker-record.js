'use strict';

// What a checker has counted, as a whole and for each phase of its run.

/** Of each kind, in full; the rest is only counted. */
const MOST_RECORDS = 100;

const createTally = () => ({
  reads: 0,
  hits: 0,
  acknowledged: 0,
  unknown: 0,
  failed: 0,
  excused: 0,
  violations: 0,
  backwards: 0,
  worstOwn: 0,
  worstOthers: 0,
  lags: [],
});

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? null;

const summarize = ({ lags, ...tally }) => {
  const sorted = [...lags].sort((a, b) => a - b);
  const lag = { samples: sorted.length, median: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
  return { ...tally, lag };
};

exports.createRecord = () => {
  const total = createTally();
  const phases = [];
  const records = { violations: [], failures: [] };

  return {
    startPhase(name, bounds) {
      const now = performance.now();
      const last = phases.at(-1);
      if (last) last.endedAt = now;
      phases.push({ name, bounds, startedAt: now, tally: createTally() });
    },
    get phase() {
      return phases.at(-1);
    },
    add(phase, name, amount = 1) {
      for (const tally of [total, phase.tally]) tally[name] += amount;
    },
    worst(phase, name, ms) {
      for (const tally of [total, phase.tally]) tally[name] = Math.max(tally[name], ms);
    },
    lag(phase, ms) {
      for (const tally of [total, phase.tally]) tally.lags.push(ms);
    },
    keep(kind, record) {
      if (records[kind].length < MOST_RECORDS) records[kind].push(record);
    },
    /** Plain data, for JSON or a test. */
    summary() {
      const now = performance.now();
      return {
        ...summarize(total),
        ms: now - phases[0].startedAt,
        phases: phases.map(({ name, bounds, startedAt, endedAt = now, tally }) => ({
          name,
          bounds,
          ms: endedAt - startedAt,
          ...summarize(tally),
        })),
        records,
      };
    },
  };
};
