'use strict';

const { bootStrapi } = require('../support/strapi');
const { READS, expectFollowed, expectTrue, warm } = require('../support/followed');

const PLACE = 'api::place.place';
const PLACES = '/find-many/places?sort=id:desc';
const one = (id) => `/find-one/places/${id}`;

describe.each(['sqlite', 'postgres'])('answers follow transactions on %s', (client) => {
  let app;
  let db;
  let places;
  let rows;
  let documentId;
  let id;

  beforeAll(async () => {
    app = await bootStrapi({ client, plugin: true });
    await app.grantPublic(READS);
    ({ db } = app.strapi);
    places = app.strapi.documents(PLACE);
    rows = db.query(PLACE);
  });

  beforeEach(async () => {
    ({ id, documentId } = await places.create({ data: { name: 'old' } }));
  });

  afterAll(() => app?.close());

  const rename = (name) => places.update({ documentId, data: { name } });
  const paths = () => [PLACES, one(documentId)];
  const stats = () => app.strapi.plugin('pfapi').service('cache').stats();

  /** Warms the answers, tries to write, and expects that they say what they said before. */
  const expectUntouched = async (write) => {
    const before = [];
    for (const path of paths()) before.push((await warm(app, path)).data);
    await write();
    for (const [i, path] of paths().entries()) expect((await expectTrue(app, path)).data).toEqual(before[i]);
    for (const path of paths()) await warm(app, path);
  };

  test('as soon as a writer has its answer, every read is new', async () => {
    for (let i = 0; i < 20; i += 1) {
      await warm(app, one(documentId));
      await rename(`name ${i}`);
      expect((await app.request(`/pfapi${one(documentId)}`)).json.name).toBe(`name ${i}`);
    }
  });

  test('a transaction that commits shows', () =>
    expectFollowed(app, paths(), () =>
      db.transaction(async () => {
        await rename('first');
        await rows.update({ where: { id }, data: { country: 'second' } });
      }),
    ));

  test('a transaction that rolls back never shows', async () => {
    const fail = async () => {
      await rename('never');
      await rows.create({ data: { name: 'never' } });
      throw new Error('taken back');
    };
    await expectUntouched(() => expect(db.transaction(fail)).rejects.toThrow('taken back'));
    await expectUntouched(() =>
      db.transaction(async ({ rollback }) => {
        await rename('never');
        await rollback();
      }),
    );
  });

  test('a nested transaction shows with the outer one', async () => {
    await expectFollowed(app, paths(), () => db.transaction(() => db.transaction(() => rename('nested'))));
    await expectUntouched(async () => {
      const outer = db.transaction(async () => {
        await db.transaction(() => rename('never'));
        throw new Error('outer fails');
      });
      await expect(outer).rejects.toThrow('outer fails');
    });
  });

  test('an inner transaction whose error is swallowed shows, for Strapi commits it', () =>
    expectFollowed(app, paths(), () =>
      db.transaction(async () => {
        const inner = db.transaction(async () => {
          await rename('kept');
          throw new Error('inner fails');
        });
        await inner.catch(() => {});
      }),
    ));

  test('a transaction object inside of a transaction settles nothing', () =>
    expectFollowed(app, paths(), () =>
      db.transaction(async () => {
        const inner = await db.transaction();
        await rename('kept');
        await inner.rollback();
      }),
    ));

  test('writes after an early commit, and from inside a callback of the commit, show', async () => {
    await expectFollowed(app, paths(), () =>
      db.transaction(async ({ commit }) => {
        await rename('in');
        await commit();
        await rename('out');
      }),
    );
    await expectFollowed(app, paths(), async () => {
      let after;
      await db.transaction(async ({ onCommit }) => {
        await rename('in');
        onCommit(() => (after = rename('after')));
      });
      await after;
    });
  });

  test('in a callback of the commit the old answers are gone already', async () => {
    for (const path of paths()) await warm(app, path);
    const before = stats().entries;
    let entries;
    let read;
    await db.transaction(async ({ onCommit }) => {
      onCommit(() => {
        ({ entries } = stats());
        read = app.request(`/pfapi${one(documentId)}`);
      });
      await rename('new');
      expect(stats().entries).toBe(before);
    });
    expect(entries).toBeLessThan(before);
    expect((await read).json.name).toBe('new');
  });

  test('a write that nobody waits for shows when it is done', async () => {
    let late;
    await expectFollowed(app, paths(), async () => {
      await db.transaction(async () => {
        await rename('first');
        late = new Promise((resolve) => setImmediate(resolve)).then(() => rename('late').catch(() => {}));
      });
      await late;
    });
  });

  describe('a lifecycle hook that throws', () => {
    const fail = () => {
      throw new Error('hook fails');
    };

    /** Each write stays, for nothing takes it back; the writer is told of an error. */
    const expectKept = async () => {
      const failing = (write) => () => expect(write()).rejects.toThrow('hook fails');
      const update = () => rows.update({ where: { id }, data: { name: 'kept' } });
      await expectFollowed(app, paths(), failing(update));
      const create = () => rows.create({ data: { name: 'kept too' } });
      await expectFollowed(app, [PLACES, '/get-count/places'], failing(create));
      await expectFollowed(
        app,
        paths(),
        failing(() => rows.delete({ where: { id } })),
      );
      // In a transaction of the Document Service it is taken back.
      ({ documentId } = await places.findFirst({}));
      await expectUntouched(failing(() => rename('never')));
    };

    test('after the plugin has seen the write', async () => {
      const hooks = { models: [PLACE], afterCreate: fail, afterUpdate: fail, afterDelete: fail };
      const unsubscribe = db.lifecycles.subscribe(hooks);
      await expectKept().finally(unsubscribe);
    });

    test('before the plugin has seen the write', async () => {
      const model = db.metadata.get(PLACE);
      const { lifecycles } = model;
      // A content type's own lifecycles run before every subscriber of a plugin.
      model.lifecycles = { afterCreate: fail, afterUpdate: fail, afterDelete: fail };
      await expectKept().finally(() => (model.lifecycles = lifecycles));
    });
  });

  test('an error of the database', async () => {
    const clash = () => rows.create({ data: { id, name: 'clash' } });
    // Not toThrow: the driver makes its errors outside of Jest's realm.
    await expectUntouched(() => expect(clash()).rejects.toMatchObject({ code: expect.any(String) }));
    // PostgreSQL rolls all of it back and says COMMIT; SQLite keeps the first write.
    await warm(app, one(documentId));
    await db
      .transaction(async () => {
        await rename('before the error');
        await clash().catch(() => {});
      })
      .catch(() => {});
    for (const path of paths()) await expectTrue(app, path);
  });

  test('writes while lifecycles are switched off', async () => {
    db.lifecycles.disable();
    try {
      await expectFollowed(app, paths(), () => rename('silent'));
      await expectFollowed(app, [PLACES], () => rows.create({ data: { name: 'silent' } }));
      await expectFollowed(app, paths(), () => rows.updateMany({ where: { id }, data: { name: 'more' } }));
      await expectFollowed(app, paths(), () => rows.delete({ where: { id } }));
    } finally {
      db.lifecycles.enable();
    }
  });

  test('relations that the Query Engine writes alone', async () => {
    const article = await app.strapi
      .documents('api::article.article')
      .create({ data: { title: 'Tagged' }, status: 'published' });
    const tags = db.query('api::tag.tag');
    const tag = await tags.create({ data: { name: 'alone' } });
    const path = `/find-one/tags/${tag.documentId}?populate=articles`;
    await expectFollowed(app, [path], () => tags.attachRelations(tag.id, { articles: [article.id] }));
    const disconnect = { articles: { disconnect: [{ id: article.id }] } };
    await expectFollowed(app, [path], () => tags.updateRelations(tag.id, disconnect));
  });
});
