'use strict';

// Long series: PFAPI_DIFF_STEPS=3000 PFAPI_DIFF_SEED=5 npx jest -c tests/jest.config.js differential
const { runSeries } = require('../support/differential/series');

const { PFAPI_DIFF_STEPS, PFAPI_DIFF_SEED } = process.env;
const MS_PER_STEP = 1000;

/** Fewer than that, and the series would say little of what is answered from memory. */
const MIN_HITS = 0.3;
/** More than that, and it would say little of writes. */
const MAX_REFUSED = 0.1;

describe.each([
  ['sqlite', 150, 2],
  ['postgres', 100, 3],
])('cached and uncached answers on %s', (client, usualSteps, usualSeed) => {
  const steps = Number(PFAPI_DIFF_STEPS ?? usualSteps);
  const seed = Number(PFAPI_DIFF_SEED ?? usualSeed);

  test(
    `are the same after each of ${steps} random writes, seed ${seed}`,
    async () => {
      const { reads, hits, writes, refused, refusals } = await runSeries({ client, seed, steps });
      process.stdout.write(
        `differential on ${client}: seed ${seed}, ${steps} steps, ${hits} of ${reads} reads were hits, ` +
          `${refused} of ${writes} writes were refused\n`,
      );
      expect(hits / reads).toBeGreaterThanOrEqual(MIN_HITS);
      if (refused / writes > MAX_REFUSED) expect(refusals).toEqual([]);
    },
    60_000 + steps * MS_PER_STEP,
  );
});
