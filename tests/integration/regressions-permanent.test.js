'use strict';

// Found in a review: permanent answers without number, and what one boot leaves to the next.
const Database = require('better-sqlite3');
const { outcomeOf } = require('../support/content');
const { watchEvents } = require('../support/gates');
const { bootStrapi } = require('../support/strapi');

const PLACE = 'api::place.place';
const TAG = 'api::tag.tag';
const ARTICLE = 'api::article.article';
const READS = [`${PLACE}.find`, `${PLACE}.findOne`, `${TAG}.findOne`, `${ARTICLE}.find`];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a permanent handle', () => {
  const MOST_AT_ONCE = 2;
  let app;
  const stats = () => app.strapi.plugin('pfapi').service('cache').stats();
  const outcomesOf = async (paths) => {
    const answers = [];
    for (const path of paths) answers.push(outcomeOf(await app.request(`/pfapi/${path}`)));
    return answers;
  };
  /** Until no update is on its way. */
  const settle = async () => {
    let before;
    do {
      before = stats().refreshes;
      await sleep(150);
    } while (stats().flights > 0 || stats().refreshes > before);
  };

  beforeAll(async () => {
    // Here a read can wait while others run.
    app = await bootStrapi({
      client: 'postgres',
      plugin: { handles: { lasting: { uid: PLACE, permanent: true }, tags: { uid: TAG, permanent: true } } },
    });
    await app.grantPublic(READS);
  });
  afterAll(() => app?.close());

  test('keeps its own query for good; what a caller adds is evicted by a write', async () => {
    await app.strapi.documents(PLACE).create({ data: { name: 'Oslo' } });
    const own = ['find-many/lasting', 'get-count/lasting'];
    const variants = Array.from({ length: 20 }, (_, i) => `find-many/lasting?filters[population][$lt]=${i}`);
    for (const round of ['miss', 'hit']) {
      expect(new Set(await outcomesOf([...own, ...variants]))).toEqual(new Set([round]));
    }
    const { refreshes, permanentBytes } = stats();
    expect(permanentBytes).toBeGreaterThan(0);
    await app.strapi.documents(PLACE).create({ data: { name: 'Bergen' } });
    await settle();
    expect(stats().refreshes).toBe(refreshes + own.length);
    expect(await outcomesOf(own)).toEqual(['hit', 'hit']);
    expect(new Set(await outcomesOf(variants))).toEqual(new Set(['miss']));
    expect((await app.request('/pfapi/get-count/lasting')).json).toBe(2);
  });

  test('updates few answers at once, however many a write changes', async () => {
    const paths = [];
    for (let i = 0; i < 12; i += 1) {
      const { documentId } = await app.strapi.documents(TAG).create({ data: { name: `tag ${i}` } });
      paths.push(`find-one/tags/${documentId}`);
    }
    await outcomesOf(paths);
    expect(new Set(await outcomesOf(paths))).toEqual(new Set(['hit']));
    const { refreshes } = stats();
    let running = 0;
    let most = 0;
    const stop = watchEvents(app.strapi, TAG, 'afterFindOne', async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(30);
      running -= 1;
    });
    await app.strapi.db.query(TAG).updateMany({ where: {}, data: { name: 'all' } });
    await settle();
    stop();
    expect(stats().refreshes).toBe(refreshes + paths.length);
    expect(most).toBe(MOST_AT_ONCE);
    for (const path of paths) {
      const answer = await app.request(`/pfapi/${path}`);
      expect([outcomeOf(answer), answer.json.name]).toEqual(['hit', 'all']);
    }
  });
});

describe('a second boot on the same data', () => {
  // Held on to: what the garbage collector has taken could not be served anyway.
  const apps = [];
  const boot = async (handles, databaseEnv) => {
    const app = await bootStrapi({ plugin: { handles }, keepFiles: true, databaseEnv });
    apps.push(app);
    return app;
  };
  afterEach(() => Promise.all(apps.map((app) => app.close())));
  const read = async (app, path) => {
    const answer = await app.request(`/pfapi/find-many/${path}`);
    return [outcomeOf(answer), answer.json.map(({ title, name }) => title ?? name).sort()];
  };

  test('with another configuration takes nothing of the first for its own', async () => {
    const filters = { views: { $gt: '5' } };
    const first = await boot({ some: { uid: ARTICLE, params: { filters } } });
    await first.grantPublic(READS);
    for (const [title, views] of [
      ['Much', 10],
      ['Little', 1],
    ]) {
      await first.strapi.documents(ARTICLE).create({ data: { title, views }, status: 'published' });
    }
    expect(await read(first, 'some')).toEqual(['miss', ['Much']]);
    expect(await read(first, 'some')).toEqual(['hit', ['Much']]);
    await first.close();

    const second = await boot({ some: { uid: ARTICLE } }, first.databaseEnv);
    // The very query that the first boot answered under the handle's bare URL.
    expect(await read(second, 'some?filters[views][$gt]=5')).toEqual(['miss', ['Much']]);
    expect(await read(second, 'some')).toEqual(['miss', ['Little', 'Much']]);
  });

  test('with the same configuration serves nothing that the first has kept', async () => {
    const first = await boot({});
    await first.grantPublic(READS);
    await first.strapi.documents(PLACE).create({ data: { name: 'old' } });
    for (const outcome of ['miss', 'hit']) expect(await read(first, 'places')).toEqual([outcome, ['old']]);
    await first.close();

    const file = new Database(first.databaseEnv.DATABASE_FILENAME);
    file.prepare(`UPDATE places SET name = 'new'`).run();
    file.close();
    const second = await boot({}, first.databaseEnv);
    for (const outcome of ['miss', 'hit']) expect(await read(second, 'places')).toEqual([outcome, ['new']]);
  });
});
