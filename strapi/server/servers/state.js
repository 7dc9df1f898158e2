'use strict';

/** How often the state is looked at, in milliseconds. */
const INTERVAL = 1000;

/**
 * Says in the log when answers from memory are no longer served, and when they are again. Not more than that, and not
 * when it was for a moment only: an event loop that was busy for some seconds has polled nothing meanwhile.
 */
function watchState(plugin) {
  const { cache, log } = plugin;
  /** When it was first seen to be offline; null while it is online. @type {number | null} */
  let since = null;
  let said = false;
  const look = () => {
    if (cache.isOnline()) {
      if (said) log.info(`answers from memory again, after ${secondsSince(since)} s without`);
      since = null;
      said = false;
    } else if (since === null) {
      since = Date.now();
    } else if (!said) {
      said = true;
      log.warn('PFAPI_OFFLINE', `requests are answered uncached: ${reasonOf(cache.stats().log)}.`);
    }
  };
  const compare = epochWatch(log);
  const timer = setInterval(() => {
    try {
      look();
      if (plugin.config.redis) compare(cache.stats().log.epochs);
    } catch (error) {
      log.warnOnce('PFAPI_FAULT', `the state of the cache cannot be read: ${error.stack}`);
    }
  }, INTERVAL);
  timer.unref();
  return { look, stop: () => clearInterval(timer) };
}

/** So many epochs begun because the database knew another one, and something is wrong with the set-up. */
const MANY = 5;

/** Servers that take one database for two each begin epochs of their own, which costs everybody's memory each time. */
function epochWatch(log) {
  return (epochs) => {
    if (epochs['not-the-newest'] < MANY) return;
    log.warnOnce(
      'PFAPI_EPOCHS',
      'servers of this database follow different logs in Redis, so nothing stays in memory for long. They need the same ' +
        'redis.namespace and url, and the host of the database spelt alike.',
    );
  };
}

const secondsSince = (time) => ((Date.now() - time) / 1000).toFixed(0);

function reasonOf({ proofAgeMs, redisFault, outboxFault }) {
  const faults = [redisFault && `Redis: ${redisFault}`, outboxFault && `outbox: ${outboxFault}`].filter(
    Boolean,
  );
  const age =
    proofAgeMs === null
      ? 'there is no sign yet that changes of other servers arrive'
      : `the last sign that changes of other servers arrive is ${(proofAgeMs / 1000).toFixed(1)} s old`;
  return faults.length > 0 ? `${age} (${faults.join('; ')})` : age;
}

module.exports = { watchState };
