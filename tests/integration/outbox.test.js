'use strict';

const { pluginOf } = require('../../strapi/server/plugin');
const { openOutbox } = require('../../strapi/server/outbox/open');
const { holdCommit, holdRead, openGates } = require('../support/gates');
const { contentRows } = require('../support/outbox');
const { bootStrapi } = require('../support/strapi');

const PLACE = 'api::place.place';
const AWAY = 'alter table pfapi_outbox rename to pfapi_outbox_away';
const BACK = 'alter table pfapi_outbox_away rename to pfapi_outbox';

describe.each(['sqlite', 'postgres'])('the outbox on %s', (client) => {
  let app;
  let db;
  let outbox;
  let places;
  let plugin;
  let queries;
  let documentId;
  let id;
  let told;

  beforeAll(async () => {
    app = await bootStrapi({ client, plugin: true });
    ({ db } = app.strapi);
    plugin = pluginOf(app.strapi);
    plugin.outbox ??= await openOutbox(plugin);
    ({ outbox } = plugin);
    places = app.strapi.documents(PLACE);
    queries = db.query(PLACE);
    const { commit } = plugin.cache;
    plugin.cache.commit = (change, record) => {
      const { changes } = JSON.parse(record);
      // Strapi itself writes now and then.
      if (changes[0].uid === PLACE) told.push({ id: change, changes });
      return commit(change, record);
    };
  });

  beforeEach(async () => {
    told = [];
    ({ id, documentId } = await places.create({ data: { name: 'old' } }));
    await quiet();
    await db.connection('pfapi_outbox').delete();
    told = [];
  });

  afterEach(() => openGates());
  afterAll(() => app?.close());

  const quiet = async () => {
    while (outbox.stats().intents > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  const rows = () => contentRows(db);

  const change = (...ids) => ({ uid: PLACE, rows: ids.map((one) => ({ id: one, fields: null })) });
  const whole = { uid: PLACE, rows: null };
  const rename = (name) => places.update({ documentId, data: { name } });
  const nameNow = async () => (await db.connection('places').where({ id }).first()).name;

  /** What the database is asked, transaction control included. */
  const statementsOf = async (write) => {
    const statements = [];
    const record = ({ sql }) => statements.push(sql);
    db.connection.on('query', record);
    await write();
    db.connection.removeListener('query', record);
    return statements;
  };

  describe('writes in a transaction', () => {
    test('leave one row, and the cache is told under the same id', async () => {
      await db.transaction(async () => {
        await rename('new');
        await queries.create({ data: { name: 'second' } });
        expect(told).toEqual([]);
      });
      const [row, ...others] = await rows();
      expect(others).toEqual([]);
      expect(row).toMatchObject({ intent: false, changes: [{ uid: PLACE }] });
      expect(row.changes[0].rows.map((one) => one.id)).toContain(documentId);
      expect(told).toEqual([{ id: row.id, changes: row.changes }]);
    });

    test('leave nothing when they are rolled back', async () => {
      const failing = db.transaction(async () => {
        await rename('never');
        throw new Error('taken back');
      });
      await expect(failing).rejects.toThrow('taken back');
      expect(await rows()).toEqual([]);
      expect(told).toEqual([]);
    });

    test('leave one row for nested transactions, and for one whose error is swallowed', async () => {
      await db.transaction(async () => {
        await db.transaction(() => rename('nested'));
        expect(await db.transaction(({ trx }) => trx('pfapi_outbox').count({ n: '*' }))).toEqual([
          { n: client === 'sqlite' ? 0 : '0' },
        ]);
        const inner = db.transaction(async () => {
          await rename('kept');
          throw new Error('inner fails');
        });
        await inner.catch(() => {});
      });
      expect(await nameNow()).toBe('kept');
      expect(await rows()).toHaveLength(1);
    });

    test('are announced although nobody waits for them', async () => {
      let late;
      await db.transaction(async () => {
        late = rename('unwaited').catch(() => {});
      });
      await late;
      // It may have come too late; but if it is there, so is the row.
      if ((await nameNow()) === 'unwaited')
        expect(await rows()).toEqual([expect.objectContaining({ intent: false })]);
    });

    test('are announced when someone else gives them a transaction', async () => {
      const article = await app.strapi
        .documents('api::article.article')
        .create({ data: { title: 'Tagged' }, status: 'published' });
      const tags = db.query('api::tag.tag');
      const tag = await tags.create({ data: { name: 'alone' } });
      await quiet();
      await db.connection('pfapi_outbox').delete();
      await tags.attachRelations(tag.id, { articles: [article.id] });
      const [row, ...others] = await rows();
      expect(others).toEqual([]);
      expect(row.changes).toEqual([{ uid: 'api::tag.tag', rows: null, edges: ['api::article.article'] }]);
    });

    test('commit although the announcement fails, which makes it coarser', async () => {
      await db.connection.raw(AWAY);
      const { insertFailures } = outbox.stats();
      try {
        await rename('kept');
      } finally {
        await db.connection.raw(BACK);
      }
      expect(await nameNow()).toBe('kept');
      expect(told).toEqual([{ id: expect.any(String), changes: [expect.objectContaining(whole)] }]);
      expect(outbox.stats().insertFailures).toBeGreaterThan(insertFailures);
    });

    test('are announced after COMMIT if they could not be before', async () => {
      const { announce } = outbox;
      outbox.announce = async () => false;
      await rename('kept').finally(() => Object.assign(outbox, { announce }));
      while ((await rows()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(await rows()).toEqual([{ id: told[0].id, intent: false, changes: told[0].changes }]);
    });

    test('cost one statement', async () => {
      await rename('warm');
      const write = () => rename(`name ${Math.random()}`);
      const statements = await statementsOf(write);
      plugin.outbox = null;
      const without = await statementsOf(write);
      plugin.outbox = outbox;
      expect(statements.length - without.length).toBe(1);
      expect(statements.filter((sql) => sql.includes('pfapi'))).toHaveLength(1);
    });
  });

  describe('writes outside of any transaction', () => {
    // The writes of the test before are not to be taken for the beginning of a burst.
    beforeEach(() => new Promise((resolve) => setTimeout(resolve, 300)));

    test('cost two statements', async () => {
      const write = () => queries.update({ where: { id }, data: { name: 'x' } });
      const statements = await statementsOf(write);
      plugin.outbox = null;
      const without = await statementsOf(write);
      plugin.outbox = outbox;
      expect(statements.length - without.length).toBe(2);
      const [row] = await rows();
      expect(row).toMatchObject({ id: told[0].id, intent: false, changes: told[0].changes });
      expect(row.changes[0].rows[0].id).toBe(documentId);
    });

    test('are announced before they begin, and exactly when they are done', async () => {
      const held = holdRead(app.strapi, PLACE, 'afterFindOne');
      const writer = queries.create({ data: { name: 'slow', documentId: 'slow' } });
      await held.reached;
      expect(await rows()).toMatchObject([{ intent: true, changes: [whole] }]);
      // Others see it; the memory of this process will know when the write is over.
      expect(JSON.parse(await outbox.store.list()).rows).toEqual([]);
      expect(told).toEqual([]);
      held.open();
      await writer;
      expect(await rows()).toEqual([{ id: told[0].id, intent: false, changes: told[0].changes }]);
      expect(told[0].changes).toMatchObject([change('slow')]);
    });

    test('are news again when a cleaner has taken their writer for dead', async () => {
      const held = holdRead(app.strapi, PLACE, 'afterFindOne');
      const writer = queries.create({ data: { name: 'slow', documentId: 'slower' } });
      await held.reached;
      const [intent] = await rows();
      const converted = 'c'.repeat(32);
      await outbox.store.settle(JSON.stringify([{ id: intent.id, as: converted }]));
      held.open();
      await writer;
      expect(await rows()).toMatchObject([
        { id: converted, intent: false, changes: [whole] },
        { id: told[0].id, intent: false, changes: [change('slower')] },
      ]);
    });

    test('that fail count as changes of the type', async () => {
      // Not toThrow: the driver makes its errors outside of Jest's realm.
      await expect(queries.create({ data: { id, name: 'clash' } })).rejects.toMatchObject({
        code: expect.any(String),
      });
      expect(told).toMatchObject([{ changes: [whole] }]);
      expect(await rows()).toMatchObject([{ id: told[0].id, intent: false, changes: [whole] }]);
    });

    test('go on although they cannot be announced', async () => {
      await db.connection.raw(AWAY);
      const { intentFailures } = outbox.stats();
      try {
        await queries.update({ where: { id }, data: { name: 'kept' } });
      } finally {
        await db.connection.raw(BACK);
      }
      expect(await nameNow()).toBe('kept');
      expect(told).toMatchObject([{ changes: [whole] }]);
      expect(outbox.stats().intentFailures).toBeGreaterThan(intentFailures);
    });

    test('share an intent when there are many, and each is told by itself', async () => {
      const statements = await statementsOf(async () => {
        for (let i = 0; i < 1000; i += 1) await queries.create({ data: { name: `${i}` } });
      });
      expect(await rows()).toContainEqual(expect.objectContaining({ intent: true }));
      await quiet();
      expect(told).toHaveLength(1000);
      expect(new Set(told.map((one) => one.id)).size).toBe(1000);
      const announced = await rows();
      expect(announced.length).toBeLessThan(10);
      expect(announced.at(-1)).toMatchObject({ intent: false, changes: [whole] });
      expect(told.map((one) => one.id)).not.toContain(announced.at(-1)?.id);
      expect(statements.filter((sql) => sql.includes('pfapi')).length).toBeLessThan(20);
    });

    test('that run side by side share one too', async () => {
      await Promise.all(
        ['a', 'b', 'c'].map((name) => queries.create({ data: { name, documentId: `by-${name}` } })),
      );
      const announced = await rows();
      expect(announced).toMatchObject([{ intent: false }]);
      const ids = announced[0].changes[0].rows.map((row) => row.id);
      expect(ids.sort()).toEqual(['by-a', 'by-b', 'by-c']);
      expect(told).toHaveLength(3);
    });
  });

  if (client === 'postgres') {
    test('a row shows exactly when the data does', async () => {
      const listed = async () => JSON.parse(await outbox.store.list()).rows.length;
      for (const [point, seen] of [
        ['before', { name: 'old', rows: 0 }],
        ['after', { name: 'new', rows: 1 }],
      ]) {
        const held = holdCommit(app.strapi, point);
        const writer = rename('new');
        await held.reached;
        expect({ name: await nameNow(), rows: await listed() }).toEqual(seen);
        expect(told).toEqual([]);
        held.open();
        await writer;
        await rename('old');
        await db.connection('pfapi_outbox').delete();
        told = [];
      }
    });

    // knex swallows the failure of a COMMIT, so the writer is told that all is well.
    test('a COMMIT whose outcome nobody knows is told twice, never under the id of its row', async () => {
      const held = holdCommit(app.strapi, 'before');
      const writer = db.transaction(() => queries.update({ where: { id }, data: { name: 'unknown' } }));
      await held.reached;
      const ended = await db.connection.raw(
        "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()",
      );
      expect(ended.rows).toHaveLength(1);
      held.open();
      await writer.catch(() => {});
      // The pool may not know yet that the connection is gone.
      await db.connection.raw('select 1').catch(() => {});
      expect(await rows()).toEqual([]);
      expect(told).toHaveLength(1);
      await plugin.writes.close();
      expect(told).toHaveLength(2);
      expect(told[0].id).not.toBe(told[1].id);
      expect(told[0].changes).toEqual(told[1].changes);
    });
  }
});
