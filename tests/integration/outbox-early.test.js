'use strict';

// What is announced besides the writes of a server that runs: those of its boot, and a purge.
const { pluginOf } = require('../../strapi/server/plugin');
const { serverIdentityOf } = require('../../strapi/server/outbox/server-identity');
const { openConnection } = require('../../strapi/server/outbox/connection');
const { outcomeOf } = require('../support/content');
const { READS } = require('../support/followed');
const { bootStrapi } = require('../support/strapi');

const PLACE = 'api::place.place';
const LIST = '/pfapi/find-many/places';

describe.each(['sqlite', 'postgres'])('on %s', (client) => {
  let app;
  let db;

  beforeAll(async () => {
    const { Early } = require('../../strapi/server/writes/early');
    // As another plugin that bootstraps earlier would seed.
    const { take } = Early.prototype;
    Early.prototype.take = function seeded() {
      this.add(JSON.stringify({ v: 1, changes: [{ uid: PLACE, rows: null }] }));
      return take.call(this);
    };
    try {
      app = await bootStrapi({ client, plugin: true });
    } finally {
      Early.prototype.take = take;
    }
    ({ db } = app.strapi);
    await app.grantPublic(READS);
  });

  afterAll(() => app?.close());

  const records = async () =>
    (await db.connection('pfapi_outbox').orderBy('seq')).map(({ record }) => JSON.parse(record));

  test('what was written before the outbox was open has one row', async () => {
    const early = (await records()).filter(({ changes }) => changes?.some(({ uid }) => uid === PLACE));
    expect(early).toHaveLength(1);
    // Strapi's own, which were really written.
    expect(early[0].changes.map(({ uid }) => uid)).toContain('strapi::core-store');
    expect(pluginOf(app.strapi).early).toBe(null);
  });

  test('a purge makes a miss of a hit, and is announced when it resolves', async () => {
    await app.request(LIST);
    expect(outcomeOf(await app.request(LIST))).toBe('hit');
    await app.strapi.plugin('pfapi').service('cache').purge();
    expect(outcomeOf(await app.request(LIST))).not.toBe('hit');
    expect((await records()).at(-1)).toEqual({ v: 1, everything: 'purge' });
    // Must not wait for the connection that the transaction has.
    await db.transaction(() => app.strapi.plugin('pfapi').service('cache').purge());
  });

  test('the database server says who it is', async () => {
    const connection = await openConnection(db);
    const { serverIdentity } = pluginOf(app.strapi).outbox;
    const said = await serverIdentityOf(connection, { client, outbox: '"public"."pfapi_outbox"' });
    await connection.close();
    if (client === 'sqlite') expect(said).toBe(null);
    else expect(said).toMatch(/^\d+\/\d+\/"public"/);
    expect(serverIdentity).toBe(said);
  });

  if (client === 'postgres')
    test('a lock on the outbox does not hold up a writer, whose own limit stays', async () => {
      const places = app.strapi.documents(PLACE);
      const { documentId } = await places.create({ data: { name: 'old' } });
      const began = performance.now();
      let limit;
      const blocker = await db.connection.transaction();
      await blocker.raw('lock table pfapi_outbox in share mode');
      try {
        await places.update({ documentId, data: { name: 'new' } });
      } finally {
        await blocker.rollback();
      }
      expect(performance.now() - began).toBeLessThan(4000);
      const { announce } = pluginOf(app.strapi).outbox;
      await db.transaction(async ({ trx }) => {
        await trx.raw("set local lock_timeout = '7s'");
        await announce(trx, 'd'.repeat(32), '{}');
        limit = (await trx.raw('show lock_timeout')).rows[0].lock_timeout;
      });
      expect(limit).toBe('7s');
    });
});
