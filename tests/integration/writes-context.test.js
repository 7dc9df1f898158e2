'use strict';

const { Refreshable } = require('../..');
const { bootStrapi } = require('../support/strapi');

describe.each(['sqlite', 'postgres'])('readers who may see more than others, on %s', (client) => {
  let app;
  let rows;
  let tags;
  let id;
  let names;
  let fetches;

  beforeAll(async () => {
    app = await bootStrapi({ client, plugin: true });
    rows = app.strapi.db.query('api::place.place');
    tags = app.strapi.db.query('api::tag.tag');
    class Names extends Refreshable {
      async getData({ write }) {
        fetches += 1;
        // With dependencies declared and nothing read again, only the write itself speaks against keeping this.
        if (write) await tags.updateMany({ where: { name: 'none' }, data: { name: write } });
        const data = (await rows.findMany({ orderBy: 'id' })).map(({ name }) => name);
        return { data, dependencies: [{ uid: 'api::place.place' }] };
      }
    }
    names = app.strapi
      .plugin('pfapi')
      .service('cache')
      .define(new Names({ name: 'names' }));
  });

  beforeEach(async () => {
    await rows.deleteMany({});
    ({ id } = await rows.create({ data: { name: 'old' } }));
    fetches = 0;
  });

  afterAll(() => app?.close());

  const rename = (name) => rows.update({ where: { id }, data: { name } });
  const inRequest = (fn) => app.strapi.requestContext.run({ state: {} }, fn);

  test('a read inside of a transaction sees what is not committed, and keeps nothing', async () => {
    const rolledBack = app.strapi.db.transaction(async () => {
      await rename('uncommitted');
      expect(await names.get()).toEqual(['uncommitted']);
      throw new Error('taken back');
    });
    await expect(rolledBack).rejects.toThrow('taken back');
    expect(await names.get()).toEqual(['old']);
    expect(await names.get()).toEqual(['old']);
    expect(fetches).toBe(2);
  });

  test('a read inside of a transaction is not answered from memory', async () => {
    expect(await names.get()).toEqual(['old']);
    await app.strapi.db.transaction(async () => {
      await rename('new');
      expect(await names.get()).toEqual(['new']);
    });
    expect(await names.get()).toEqual(['new']);
    expect(fetches).toBe(3);
  });

  test('a request that has written neither takes from the cache nor puts into it', async () => {
    expect(await names.get()).toEqual(['old']);
    await inRequest(async () => {
      expect(await names.get()).toEqual(['old']);
      expect(fetches).toBe(1);
      await rename('new');
      expect(await names.get()).toEqual(['new']);
      expect(await names.get()).toEqual(['new']);
      expect(fetches).toBe(3);
    });
    expect(await names.get()).toEqual(['new']);
    expect(fetches).toBe(4);
    await inRequest(() => names.get());
    expect(fetches).toBe(4);
  });

  test('a fetch that writes is not kept', async () => {
    // Not even when it writes what it does not read.
    expect(await names.get({ write: 'one' })).toEqual(['old']);
    expect(await names.get({ write: 'one' })).toEqual(['old']);
    expect(fetches).toBe(2);
  });

  test('a fetch does not run in the transaction or the request of the one who asks', async () => {
    const seen = [];
    class Context extends Refreshable {
      async getData() {
        seen.push(app.strapi.db.inTransaction(), app.strapi.requestContext.get());
        return { data: await rows.count() };
      }
    }
    const context = app.strapi
      .plugin('pfapi')
      .service('cache')
      .define(new Context({ name: 'context' }));
    await inRequest(() => context.get());
    expect(seen).toEqual([false, undefined]);
  });
});
