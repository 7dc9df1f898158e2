'use strict';

// The promise of the cache as one long random test: whatever is written by whatever road, what is answered from memory
// afterwards is what Strapi itself answers at that moment.
const { CONTENT_READS } = require('../content');
const { bootStrapi } = require('../strapi');
const { describeDifference, differenceOf } = require('./compare');
const { askCache, askStrapi, drawQuestion, nameOf } = require('./queries');
const { createRandom } = require('./random');
const { defineProbes } = require('./refreshables');
const { createWorld } = require('./world');
const { writeBeginning, writeSomething } = require('./writes');

/** Questions that are asked again and again; some are exchanged with every step. */
const WORKING_SET = 12;
const EXCHANGED = 2;
/** How many of them are asked in one step, before the write and after it. */
const QUESTIONS = 6;
const PROBES = 3;

class Series {
  constructor(world, seed) {
    this.world = world;
    this.seed = seed;
    this.probes = defineProbes(world);
    this.workingSet = [];
    this.step = 0;
    this.counts = { reads: 0, hits: 0, writes: 0, refused: 0 };
    this.refusals = new Map();
  }

  async run(steps) {
    for (this.step = 1; this.step <= steps; this.step += 1) await this.runStep();
    return { ...this.counts, refusals: [...this.refusals] };
  }

  async runStep() {
    const { random } = this.world;
    await this.exchangeQuestions();
    const questions = random.sample(this.workingSet, QUESTIONS);
    const probes = await this.probes.drawRows();
    for (let i = 0; i < PROBES; i += 1) probes.push(this.probes.draw());
    const readAll = () => this.read(questions, probes);

    await readAll();
    if (random.chance(0.3)) {
      await this.write();
      await readAll();
    }
    if (random.chance(0.4)) await this.writeAmongReads(readAll);
    else await this.write();

    for (const question of questions) await this.compareQuestion(question);
    for (const probe of probes) await this.compareProbe(probe);
  }

  async exchangeQuestions() {
    const kept = this.world.random.sample(this.workingSet, WORKING_SET - EXCHANGED);
    while (kept.length < WORKING_SET) kept.push(await drawQuestion(this.world));
    this.workingSet = kept;
  }

  async read(questions, probes) {
    for (const question of questions) await askCache(this.world, question);
    for (const probe of probes) await probe.ask().catch(() => {});
  }

  async write() {
    this.counts.writes += 1;
    const refusal = await writeSomething(this.world);
    if (refusal === null) return;
    this.counts.refused += 1;
    this.refusals.set(refusal, (this.refusals.get(refusal) ?? 0) + 1);
  }

  /** What is read while the write runs may be old or new; it may not stay when the write is over. */
  async writeAmongReads(readAll) {
    let writing = true;
    const writer = this.write().finally(() => (writing = false));
    while (writing) await readAll();
    await writer;
  }

  async compareQuestion(question) {
    const { answer, outcome } = await askCache(this.world, question);
    this.compare(nameOf(question), outcome, answer, await askStrapi(this.world, question));
    // Only a success is kept.
    if (answer.status) return;
    this.counts.reads += 1;
    if (outcome === 'hit') this.counts.hits += 1;
    if (outcome === 'bypass') this.fail(`${nameOf(question)} is answered past the cache`);
  }

  async compareProbe({ name, ask, truth }) {
    const orError = (error) => ({ error: error.message });
    this.compare(name, 'Refreshable', await ask().catch(orError), await truth().catch(orError));
  }

  compare(question, outcome, cached, truth) {
    const difference = differenceOf(question, cached, truth);
    if (difference) this.fail(`${question} (${outcome})\n${describeDifference(difference)}`);
  }

  fail(text) {
    const operations = this.world.lastOperations().map((operation) => `  ${operation}`);
    throw new Error(
      [`seed ${this.seed}, step ${this.step}: ${text}`, 'last operations:', ...operations].join('\n'),
    );
  }
}

/** Boots Strapi on the database and runs one series; throws at the first difference. */
exports.runSeries = async ({ client, seed, steps }) => {
  const app = await bootStrapi({ client, plugin: true });
  try {
    await app.grantPublic(CONTENT_READS);
    const { accessKey } = await app.createApiToken({ type: 'full-access' });
    const world = createWorld(app, accessKey, createRandom(seed));
    await writeBeginning(world);
    return await new Series(world, seed).run(steps);
  } finally {
    await app.close();
  }
};
