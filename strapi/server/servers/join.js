'use strict';

const { namespaceOf, buildOf } = require('../engine/identity');
const { openOutbox } = require('../outbox/open');
const { watchState } = require('./state');

/** How long the boot waits until changes of other servers are being followed, in milliseconds. */
const ONLINE_WITHIN = 2000;

/**
 * Starts to follow the other processes on this database. Until it is certain that none of their changes is missed,
 * requests are answered uncached; a boot does not fail because of it.
 */
async function joinServers(plugin) {
  const { cache, config, strapi } = plugin;
  if (!cache) return;
  if (config.outbox.enabled) plugin.outbox = await outboxOf(plugin);
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
  state.look();
  if (redis) strapi.log.debug(`[pfapi] the keys in Redis begin with ${redis.namespace}`);
}

async function outboxOf(plugin) {
  try {
    return await openOutbox(plugin);
  } catch (error) {
    plugin.log.error(
      'PFAPI_OUTBOX_UNAVAILABLE',
      `the outbox cannot be used, so requests are answered uncached: ${error.message}. If no other process ever ` +
        'changes this database, set outbox.enabled to false.',
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
    namespace: namespaceOf(strapi, config, outbox.databaseId),
    build: buildOf(strapi, config),
  };
}

module.exports = { joinServers };
