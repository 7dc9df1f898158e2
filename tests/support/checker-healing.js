'use strict';

// How long after the end of a fault every server shows only what it may, and answers from memory again.

exports.createHealing = (servers, phase) => {
  const startedAt = performance.now();
  const firstHit = new Map();
  let lastBad = startedAt;

  return {
    /** Reads that began before the fault ended say nothing. */
    observe(server, { startedAt: began, endedAt, isHit, isBad }) {
      if (began < startedAt) return;
      if (isBad) lastBad = Math.max(lastBad, endedAt);
      else if (isHit && !firstHit.has(server)) firstHit.set(server, endedAt);
    },
    /** Undefined while a server has had no hit; a bad read later on makes it longer. */
    time() {
      const hits = servers.map((server) => firstHit.get(server));
      if (hits.includes(undefined)) return undefined;
      return Math.max(lastBad, ...hits) - startedAt;
    },
    phase,
  };
};
