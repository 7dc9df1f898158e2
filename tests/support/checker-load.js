'use strict';

// The requests of a checker: writers and readers at a steady pace, and who is expected to be down.
const { setTimeout: sleep } = require('timers/promises');

/** Calls `step` again and again, each `interval` ms after the last began or as soon as it has ended. */
const pace = async (interval, isStopped, step) => {
  while (!isStopped()) {
    const next = performance.now() + interval;
    await step();
    await sleep(Math.max(0, next - performance.now()));
  }
};

exports.runLoad = ({ servers, pace: { writers, readers, writesPerSecond, readsPerSecond }, write, read }) => {
  let stopped = false;
  const isStopped = () => stopped;
  const times = (count, start) => Array.from({ length: count }, (_, i) => start(i));
  const writing = times(writers, () => pace((1000 * writers) / writesPerSecond, isStopped, write));
  const perServer = (1000 * readers * servers.length) / readsPerSecond;
  const reading = servers.flatMap((server) =>
    times(readers, () => pace(perServer, isStopped, () => read(server))),
  );
  return {
    isStopped,
    async stop() {
      stopped = true;
      await Promise.all([...writing, ...reading]);
    },
  };
};

/** When which server was expected to be down. */
exports.createOutages = () => {
  const outages = [];
  return {
    /** `underLoad`: it is asked all the same, as by a balancer that does not know yet. */
    async expect(server, fn, { underLoad = false } = {}) {
      const outage = { server, from: performance.now(), to: Infinity, underLoad };
      outages.push(outage);
      try {
        return await fn();
      } finally {
        outage.to = performance.now();
      }
    },
    isDown: (server) =>
      outages.some((outage) => outage.server === server && outage.to === Infinity && !outage.underLoad),
    excuses: (server, from, to) =>
      outages.some((outage) => outage.server === server && outage.from <= to && from <= outage.to),
  };
};
