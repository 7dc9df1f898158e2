'use strict';

// The stream of writes: by all roads, alone, several in one transaction that may be rolled back, and unannounced.
const { dataFor } = require('./data');
const { DOCUMENT_WRITES, translate, update } = require('./writes-documents');
const { ROW_WRITES, columns, file } = require('./writes-rows');

const TAKEN_BACK = 'taken back';
/** Time for those who read meanwhile, if the database lets them: SQLite does not. */
const OPEN_MS = 20;

const transaction = async (world) => {
  const fails = world.random.chance(0.5);
  world.note('transaction begins');
  try {
    await world.strapi.db.transaction(async () => {
      await update(world);
      await columns(world);
      await new Promise((resolve) => setTimeout(resolve, OPEN_MS));
      if (fails) throw new Error(TAKEN_BACK);
    });
  } catch (error) {
    if (error.message !== TAKEN_BACK) throw error;
  } finally {
    world.note(fails ? 'transaction is rolled back' : 'transaction ends');
  }
};

const withoutLifecycles = async (world) => {
  const { lifecycles } = world.strapi.db;
  world.note('lifecycles off');
  lifecycles.disable();
  try {
    await world.random.pick([update, columns])(world);
  } finally {
    lifecycles.enable();
  }
};

const ALL = [...DOCUMENT_WRITES, ...ROW_WRITES, [6, transaction], [1, withoutLifecycles]];

/**
 * Does one random write.
 *
 * @returns {Promise<string | null>} why Strapi refused it: not every random write is one that it allows
 */
exports.writeSomething = async (world) => {
  const before = world.operationCount();
  const write = world.random.weighted(ALL);
  try {
    await write(world);
  } catch (error) {
    world.note(`  refused: ${error.message}`);
    return `${write.name}: ${error.message}`;
  }
  // There was nothing of the kind that it writes to.
  return world.operationCount() === before ? exports.writeSomething(world) : null;
};

const BEGINNING = 3;

/** Enough to begin with that queries find something. */
exports.writeBeginning = async (world) => {
  const locales = world.strapi.plugin('i18n').service('locales');
  await locales.create({ code: 'fr', name: 'French (fr)' });
  for (let i = 0; i < BEGINNING; i += 1) {
    await file(world);
    for (const name of [...world.NAMES].reverse()) {
      await world.documents(name).create({ data: await dataFor(name, world), status: 'published' });
    }
    await translate(world);
  }
};
