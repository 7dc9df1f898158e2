'use strict';

const { checkTerms } = require('../config/check');
const { termsWith } = require('../config/resolve');
const { currentScope } = require('../reads/scope');
const { createSource } = require('./source');

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;

/** Connects a Refreshable that a plugin or the project has written; see `CacheService.define` in index.d.ts. */
function define(plugin, refreshable) {
  const { name, terms = {} } = refreshable ?? {};
  if (typeof refreshable?.getData !== 'function' || typeof refreshable?.reduce !== 'function') {
    throw mistake(TypeError, 'define(refreshable) takes an object that extends Refreshable.');
  }
  if (typeof name !== 'string' || !NAME.test(name)) {
    const text = `the name ${JSON.stringify(name)} must have letters, digits and _ . : - only, at most 128.`;
    throw mistake(TypeError, text);
  }
  if (plugin.sources.has(name)) throw mistake(Error, `there is a Refreshable "${name}" already.`);
  checkTerms(terms, plugin.config.terms, `Refreshable "${name}"`);
  const source = createSource(
    plugin,
    { name: `own:${name}`, label: name, getData: refreshable.getData.bind(refreshable) },
    termsWith(plugin.config.terms, terms),
  );
  const defined = { name, get: (params = {}) => get(plugin, refreshable, source, params) };
  plugin.sources.set(name, defined);
  return defined;
}

const mistake = (Kind, text) =>
  Object.assign(new Kind(`PFAPI_REFRESHABLE: ${text}`), { code: 'PFAPI_REFRESHABLE' });

async function get(plugin, refreshable, source, params) {
  const reduced = refreshable.reduce(params) ?? null;
  // As JSON a promise is {}: all params would share one answer.
  if (typeof reduced?.then === 'function') {
    throw mistake(
      TypeError,
      `reduce(params) of "${refreshable.name}" must give the params at once, not a promise.`,
    );
  }
  const spelling = JSON.stringify(reduced);
  const value = (await cached(plugin, source, spelling)) ?? (await uncached(source, spelling));
  if (value.failure) throw errorOf(value.failure);
  return valueOf(value);
}

/** By way of the cache, or null: where it may not be used, and when a fault of its own kept it from answering. */
async function cached(plugin, source, spelling) {
  // Inside a transaction, or after a write of the same request, an answer may show what nobody else may see yet.
  // Inside another fetch, what this one reads must be seen there.
  if (currentScope()) return null;
  if (!source.native || plugin.bypass || !plugin.writes.mayUseCache(plugin.strapi.requestContext.get()))
    return null;
  const value = await source.native.value(spelling, '');
  return value.failure?.kind === 'lost' ? null : value;
}

async function uncached(source, spelling) {
  const { failure, body, contentType } = await source.fetchUncached(spelling, '');
  return { failure: failure && { kind: 'source', text: failure }, body: Buffer.from(body), contentType };
}

const valueOf = ({ body, contentType }) =>
  /\bjson\b/.test(contentType) ? JSON.parse(body.toString('utf8')) : body;

/** The failure as an error: what the source threw, as far as it can be told across a shared fetch. */
function errorOf({ kind, text }) {
  if (kind === 'timeout') return Object.assign(new Error(text), { code: 'PFAPI_FETCH_TIMEOUT', status: 503 });
  const { status, name, message, details, thrown } = JSON.parse(text);
  return Object.assign(new Error(thrown?.message ?? message), {
    name: thrown?.name ?? name,
    status,
    details,
    code: 'PFAPI_FETCH_FAILED',
  });
}

module.exports = { define };
