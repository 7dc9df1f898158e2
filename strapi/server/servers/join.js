'use strict';

const { namespaceOf, buildOf } = require('../engine/identity');
const { openOutbox } = require('../outbox/open');
const { noteSchema } = require('./schema-change');
const { watchState } = require('./state');

/** How long the boot waits until changes of other servers are being followed, in milliseconds. */
const ONLINE_WITHIN = 2000;

/**
 * Starts to tell the other processes on this database what is written here, and to follow what they write. A boot does
 * not fail because of it.
 */
async function joinServers(plugin) {
  if (plugin.config.outbox.enabled && plugin.writes) plugin.outbox = await outboxOf(plugin);
  const changes = [await tellEarly(plugin), await noteSchema(plugin)].filter((change) => change !== null);
  plugin.leave = async () => {
    await plugin.writes?.close();
    await plugin.outbox?.close();
  };
  if (plugin.cache) await follow(plugin, plugin.cache, changes);
}

/**
 * Until it is certain that no change of another process is missed, requests are answered uncached.
 *
 * @param {import('../plugin').Plugin} plugin
 * @param {import('../engine/cache').Cache} cache
 * @param {{ id: string, record: string }[]} changes to be told at once
 */
async function follow(plugin, cache, changes) {
  const { config, strapi } = plugin;
  const redis = config.redis && plugin.outbox && redisOf(plugin);
  const member = cache.join(plugin.outbox?.store, redis);
  const state = watchState(plugin);
  plugin.leave = async () => {
    state.stop();
    await plugin.writes?.close();
    cache.leave(member);
    await plugin.outbox?.close();
  };
  await cache.onlineWithin(ONLINE_WITHIN);
  for (const { id, record } of changes) await cache.commit(id, record);
  state.look();
  if (redis) strapi.log.debug(`[pfapi] the keys in Redis begin with ${redis.namespace}`);
}

/** Writes of this boot that nobody has been told of. Without an outbox nobody ever will be. */
async function tellEarly(plugin) {
  const change = plugin.early?.take() ?? null;
  plugin.early = null;
  if (!change || !plugin.outbox) return null;
  await plugin.outbox.add(change.id, change.record);
  return change;
}

async function outboxOf(plugin) {
  try {
    return await openOutbox(plugin);
  } catch (error) {
    const consequence = plugin.cache
      ? 'requests are answered uncached'
      : 'other servers do not learn of what is written here';
    plugin.log.error(
      'PFAPI_OUTBOX_UNAVAILABLE',
      `the outbox cannot be used, so ${consequence}: ${error.message}. If no other process ever changes this ` +
        'database, set outbox.enabled to false.',
    );
    return null;
  }
}

/** What the addon connects with. */
function redisOf(plugin) {
  const { strapi, config, outbox } = plugin;
  const { namespace, ...connection } = config.redis;
  return {
    ...connection,
    namespace: namespaceOf(strapi, config, outbox),
    build: buildOf(strapi, config),
  };
}

module.exports = { joinServers };
