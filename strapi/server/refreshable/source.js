'use strict';

const { termsOf } = require('../engine/cache');
const { fetchFor } = require('./fetch');

/**
 * A Refreshable, connected to the engine.
 *
 * @param {import('../plugin').Plugin} plugin
 * @param {{ name: string, label?: string, getData: Function }} refreshable `label` is its name in log lines
 * @param {import('../config/resolve').Terms} terms
 * @param {{ canonicalQuery?: boolean, ignored?: { uid: string, fields: string[] } | null }} [options]
 */
function createSource(plugin, refreshable, terms, { canonicalQuery = false, ignored = null } = {}) {
  const fetch = (spelling, audience) => fetchFor(plugin, refreshable, spelling, audience);
  const spec = { name: refreshable.name, canonicalQuery, ignored, ...termsOf(terms) };
  // The context of boot is entered for each fetch: no caller's transaction or request leaks into it.
  const native = plugin.cache?.source(spec, (spelling, audience) =>
    plugin.inOwnContext(fetch, spelling, audience),
  );
  return {
    native,
    /** Makes the answer past the cache, in the caller's own context. */
    fetchUncached: fetch,
  };
}

module.exports = { createSource };
