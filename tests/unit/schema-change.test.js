'use strict';

// Before anything that requires it: nothing is hoisted here.
jest.mock('../../strapi/server/outbox/open');
const { openOutbox } = require('../../strapi/server/outbox/open');
const { hashOf, schemaOf } = require('../../strapi/server/engine/identity');
const { joinServers } = require('../../strapi/server/servers/join');
const { noteSchema } = require('../../strapi/server/servers/schema-change');

const ARTICLE = {
  uid: 'api::article.article',
  kind: 'collectionType',
  collectionName: 'articles',
  options: { draftAndPublish: true },
  pluginOptions: {},
  attributes: { title: { type: 'string' }, author: { type: 'relation', target: 'api::author.author' } },
};

const strapiWith = (article = {}, components = {}) => ({
  contentTypes: { 'api::article.article': { ...ARTICLE, ...article } },
  components,
});
const hashWith = (...types) => hashOf(schemaOf(strapiWith(...types)));

test('the same schema has the same hash, whatever Strapi hangs on it', () => {
  const loaded = { lifecycles: { afterCreate() {} }, info: { displayName: 'Story' }, globalId: 'Article' };
  expect(hashWith(loaded)).toBe(hashWith());
});

test.each([
  ['an attribute more', { attributes: { ...ARTICLE.attributes, views: { type: 'integer' } } }],
  ['an attribute of another type', { attributes: { ...ARTICLE.attributes, title: { type: 'text' } } }],
  [
    'an attribute that is private',
    { attributes: { ...ARTICLE.attributes, title: { type: 'string', private: true } } },
  ],
  ['drafts switched off', { options: { draftAndPublish: false } }],
  ['languages', { pluginOptions: { i18n: { localized: true } } }],
  ['another table', { collectionName: 'stories' }],
])('another schema has another: %s', (_, change) => {
  expect(hashWith(change)).not.toBe(hashWith());
});

test('so has one with another component', () => {
  const quote = (type) => ({ 'shared.quote': { attributes: { text: { type } } } });
  expect(new Set([hashWith(), hashWith({}, quote('text')), hashWith({}, quote('string'))]).size).toBe(3);
});

describe('at a boot', () => {
  const warn = jest.fn();
  const pluginWith = (changeSchema) => ({ strapi: strapiWith(), log: { warn }, outbox: { changeSchema } });

  beforeEach(() => warn.mockClear());

  test('what was written is to be told', async () => {
    const changeSchema = jest.fn(async () => true);
    const change = await noteSchema(pluginWith(changeSchema));
    expect(change).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      record: '{"v":1,"everything":"schema"}',
    });
    expect(changeSchema).toHaveBeenCalledWith(hashWith(), change.id, change.record);
  });

  test('nothing is to be told of a schema that is known, or without an outbox', async () => {
    expect(await noteSchema(pluginWith(async () => false))).toBe(null);
    expect(await noteSchema({ ...pluginWith(), outbox: null })).toBe(null);
  });

  test('a database that does not answer is no reason not to start', async () => {
    const failing = async () => {
      throw new Error('no answer');
    };
    expect(await noteSchema(pluginWith(failing))).toBe(null);
    expect(warn).toHaveBeenCalledWith('PFAPI_OUTBOX_SCHEMA', expect.stringContaining('no answer'));
  });
});

describe('joining the other servers', () => {
  let order;
  const say =
    (what, result) =>
    (...args) => {
      order.push([what, ...args]);
      return result;
    };
  const join = async (cache, outbox) => {
    openOutbox.mockImplementation(outbox);
    const config = { outbox: { enabled: true }, redis: null };
    const log = { warn: say('warn'), error: say('error') };
    const plugin = { strapi: strapiWith(), log, config, cache, writes: { close: say('told') }, outbox: null };
    await joinServers(plugin);
    return plugin;
  };
  const outboxWith = (isNews) => async () => ({
    store: 'store',
    changeSchema: async (...args) => say('schema', isNews)(...args),
    close: say('closed'),
  });
  const cacheOf = () => ({
    join: say('join', 7),
    leave: say('leave'),
    onlineWithin: async (limit) => say('online')(limit),
    isOnline: () => true,
    commit: say('commit'),
  });

  beforeEach(() => {
    order = [];
    openOutbox.mockReset();
  });

  test('another schema is in the outbox before they are joined, and told as soon as they are', async () => {
    const plugin = await join(cacheOf(), outboxWith(true));
    const [[, , id, record]] = order;
    expect(order).toEqual([
      ['schema', hashWith(), id, record],
      ['join', 'store', null],
      ['online', 2000],
      ['commit', id, record],
    ]);
    order = [];
    await plugin.leave();
    expect(order.map(([what]) => what)).toEqual(['told', 'leave', 'closed']);
  });

  test('the schema that is known is not told', async () => {
    const plugin = await join(cacheOf(), outboxWith(false));
    expect(order.map(([what]) => what)).toEqual(['schema', 'join', 'online']);
    await plugin.leave();
  });

  test('without a cache there is nothing to follow, but something to tell', async () => {
    const plugin = await join(null, outboxWith(true));
    expect(plugin.outbox).not.toBe(null);
    await plugin.leave();
    expect(order.map(([what]) => what)).toEqual(['schema', 'told', 'closed']);
  });

  test('without a cache and an outbox the boot goes on, and says what is missing', async () => {
    const plugin = await join(null, async () => {
      throw new Error('no table');
    });
    expect(plugin.outbox).toBe(null);
    expect(order).toEqual([
      ['error', 'PFAPI_OUTBOX_UNAVAILABLE', expect.stringMatching(/servers do not learn of .*: no table\. /)],
    ]);
    await plugin.leave();
  });
});
