'use strict';

/** Random numbers that a seed decides (mulberry32), so that a series that failed can be run again. */
exports.createRandom = (seed) => {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count) => Math.floor(next() * count);
  const chance = (share) => next() < share;
  const pick = (list) => list[below(list.length)];

  /** At most `count` different ones, in random order. */
  const sample = (list, count) => {
    const rest = [...list];
    return Array.from({ length: Math.min(count, list.length) }, () => rest.splice(below(rest.length), 1)[0]);
  };

  /** One of `[weight, value]`. */
  const weighted = (entries) => {
    let left = below(entries.reduce((sum, [weight]) => sum + weight, 0));
    return entries.find(([weight]) => (left -= weight) < 0)[1];
  };

  return { below, chance, pick, sample, weighted };
};
