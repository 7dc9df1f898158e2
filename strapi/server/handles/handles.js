'use strict';

const { errors } = require('@strapi/utils');
const { createSource } = require('../refreshable/source');
const { FindMany, FindOne, GetCount } = require('../refreshable/content');
const { checkHandles } = require('./check');
const { expandPopulate } = require('./populate');
const { obstacleTo } = require('./exposure');

/**
 * A handle: a content type, the query that is always part of its answers, and its three sources.
 *
 * @typedef {object} Handle
 * @property {string} name
 * @property {string} uid
 * @property {Record<string, any>} params
 * @property {string | null} bypass why its answers are never cached
 * @property {(kind: 'findMany' | 'findOne' | 'getCount', asked: object) => any} sourceOf the source for a caller's query
 */

/** Checks the configured handles against the schema and makes them ready. */
function compileHandles(plugin) {
  const { handles } = plugin.config;
  checkHandles(plugin.strapi, handles);
  for (const config of handles) plugin.handles.set(config.name, compile(plugin, config));
  plugin.pluralNames = pluralNamesOf(plugin.strapi);
}

/** @returns {Handle} */
function compile(plugin, { name, uid, idField, params, ignoreFields, shared, terms }) {
  const ignored = ignoreFields.length > 0 ? { uid, fields: ignoreFields } : null;
  const source = (Kind, kind, kept) => {
    const refreshable = new Kind(plugin, { name: `${kind}:${name}`, uid, idField });
    return createSource(plugin, refreshable, kept, { canonicalQuery: true, ignored });
  };
  const sourcesWith = (kept) => ({
    findMany: source(FindMany, 'find-many', kept),
    findOne: source(FindOne, 'find-one', kept),
    getCount: source(GetCount, 'get-count', kept),
  });
  const sources = sourcesWith(terms);
  // Only the handle's own query is kept for good. What a caller adds to it makes answers without number, which may not
  // each be fetched anew with every write.
  const variants = terms.permanent ? sourcesWith({ ...terms, permanent: false }) : sources;
  const schema = (type) => plugin.strapi.getModel(type);
  return {
    name,
    uid,
    params: { ...params, populate: expandPopulate(schema, uid, params.populate) },
    // Asked for each request: a foreign hook may be added later than the handle.
    get bypass() {
      return !shared && plugin.foreign.any ? 'foreign-reads' : null;
    },
    sourceOf: (kind, asked) => (Object.keys(asked).length === 0 ? sources : variants)[kind],
  };
}

/**
 * The handle of a name: a configured one, or a content type by its plural name.
 *
 * A content type needs no configuration as long as Strapi's own controller answers for it under /api: where the project
 * has put its own rules there (a policy, a controller), this must not be a way around them.
 *
 * @param {'find' | 'findOne'} action
 * @returns {Handle}
 */
function handleOf(plugin, name, action) {
  const configured = plugin.handles.get(name);
  if (configured) return configured;
  const uid = plugin.pluralNames.get(name);
  if (!uid) {
    throw new errors.NotFoundError(`There is no handle "${name}", and no content type of that plural name`);
  }
  // For each action: the list may be free and the single entry guarded, or the other way round.
  const obstacle = obstacleTo(plugin.strapi, uid, action);
  if (obstacle) {
    plugin.log.warnOnce(
      'PFAPI_NOT_EXPOSED',
      `"${name}" is not answered by its plural name: ${obstacle}. Configure a handle to answer it.`,
      `${uid}.${action}`,
    );
    throw new errors.NotFoundError(`There is no handle "${name}"`);
  }
  return ofType(plugin, uid);
}

/** The handle of a content type by itself. Kept by uid, which no configured name can be. */
function ofType(plugin, uid) {
  const known = plugin.handles.get(uid);
  if (known) return known;
  const { terms } = plugin.config;
  const bare = { name: uid, uid, idField: null, params: {}, ignoreFields: [], shared: false, terms };
  const handle = compile(plugin, bare);
  plugin.handles.set(uid, handle);
  return handle;
}

/** The content types of the project by their plural names. */
function pluralNamesOf(strapi) {
  const types = Object.values(strapi.contentTypes).filter(({ uid }) => uid.startsWith('api::'));
  return new Map(types.map(({ uid, info }) => [info.pluralName, uid]));
}

module.exports = { compileHandles, handleOf };
