'use strict';

const { Refreshable } = require('../..');
const { bootStrapi } = require('../support/strapi');

describe.each(['sqlite', 'postgres'])('what a Refreshable reads with the Query Engine on %s', (client) => {
  let app;
  let query;
  let tag;
  let first;
  let second;
  let made = 0;

  beforeAll(async () => {
    app = await bootStrapi({ client, plugin: true });
    query = (name) => app.strapi.db.query(`api::${name}.${name}`);
    first = await query('article').create({ data: { title: 'First', views: 2 } });
    second = await query('article').create({ data: { title: 'Second', views: 1 } });
    tag = await query('tag').create({ data: { name: 'news', articles: [first.id, second.id] } });
  });

  beforeEach(async () => {
    await update('article', first, { title: 'First', views: 2 });
    await update('article', second, { title: 'Second', views: 1 });
    await update('tag', tag, { name: 'news', articles: [first.id, second.id] });
  });

  afterAll(() => app?.close());

  const update = (name, { id }, data) => query(name).update({ where: { id }, data });

  /** Reads through the cache before and after each write, and expects what the read itself gives then. */
  const expectFollowed = async (read, ...writes) => {
    const fetches = jest.fn(read);
    class Probe extends Refreshable {
      getData = async () => ({ data: await fetches() });
    }
    made += 1;
    const probe = app.strapi
      .plugin('pfapi')
      .service('cache')
      .define(new Probe({ name: `probe-${made}` }));
    const plain = async (value) => JSON.parse(JSON.stringify(await value));
    const expectHit = async () => {
      const value = await probe.get();
      const before = fetches.mock.calls.length;
      expect(await probe.get()).toEqual(value);
      expect(fetches.mock.calls.length).toBe(before);
      return value;
    };
    let last = await expectHit();
    for (const write of writes) {
      await write();
      const truth = await plain(read());
      expect(truth).not.toEqual(last);
      expect(await probe.get()).toEqual(truth);
      last = await expectHit();
    }
  };

  const populated = (articles) => () =>
    query('tag').findOne({ where: { id: tag.id }, populate: { articles } });

  // Each of these shows rows that the answer before the write did not hold.
  test.each([
    ['where', { where: { title: 'Wanted' } }],
    ['where with an operator', { where: { $or: [{ title: { $eq: 'Wanted' } }, { views: { $gt: 1000 } }] } }],
  ])('a row comes into a populated relation by %s', async (_, options) => {
    await expectFollowed(
      populated(options),
      () => update('article', first, { title: 'Wanted' }),
      () => update('article', first, { title: 'First' }),
    );
  });

  test('a row comes into the window of a populated relation', () =>
    expectFollowed(
      populated({ orderBy: { views: 'desc' }, limit: 1 }),
      () => update('article', second, { views: 3 }),
      () => update('article', second, { views: 1 }),
    ));

  test('a row comes into the filter of a relation that is populated deeper', () =>
    expectFollowed(
      () =>
        query('article').findOne({
          where: { id: first.id },
          populate: { tags: { populate: { articles: { where: { title: 'Wanted' } } } } },
        }),
      () => update('article', second, { title: 'Wanted' }),
      () => update('article', second, { title: 'Second' }),
    ));

  test('a relation is populated by name, by path and all at once', async () => {
    const read = (populate) => () => query('article').findOne({ where: { id: first.id }, populate });
    for (const populate of [['tags'], ['tags.articles'], { tags: true }, true]) {
      await expectFollowed(
        read(populate),
        () => update('tag', tag, { name: 'renamed' }),
        () => update('tag', tag, { articles: { disconnect: [first.id] } }),
        () => update('tag', tag, { articles: { connect: [first.id] } }),
        () => update('tag', tag, { name: 'news' }),
      );
    }
  });

  test.each([
    ['', {}],
    [' and populated by where', { where: { views: { $lt: 1000 } } }],
  ])('a related row is taken over by another%s', async (_, articles) => {
    const owner = await query('author').create({ data: { name: 'First', articles: [first.id] } });
    const other = await query('author').create({ data: { name: 'Second' } });
    await expectFollowed(
      () => query('author').findOne({ where: { id: owner.id }, populate: { articles } }),
      () => update('author', other, { articles: { connect: [first.id] } }),
      () => update('article', first, { author: owner.id }),
    );
  });

  test('rows are found, counted and paged', async () => {
    const where = { views: { $gte: 10 } };
    const reads = [
      () => query('article').findMany({ where }),
      () => query('article').count({ where }),
      () => query('article').findOne({ where }),
      () => query('article').findPage({ where, page: 1, pageSize: 1 }),
      () => query('article').findWithCount({ where }),
      () => query('article').findMany({ select: ['title'], orderBy: 'views', limit: 1 }),
    ];
    for (const read of reads) {
      await expectFollowed(
        read,
        () => update('article', first, { views: 10, title: 'Found' }),
        () => update('article', first, { views: 0, title: 'First' }),
      );
    }
  });

  test('a row is read by its id', () =>
    expectFollowed(
      () => query('article').findOne({ where: { id: second.id }, select: ['title'] }),
      () => update('article', second, { title: 'By id' }),
    ));

  test('a relation is loaded by itself', async () => {
    await update('tag', tag, { articles: [first.id] });
    await expectFollowed(
      () => query('tag').load(tag, 'articles'),
      () => update('article', first, { title: 'Loaded' }),
      () => update('tag', tag, { articles: { set: [] } }),
    );
  });
});
