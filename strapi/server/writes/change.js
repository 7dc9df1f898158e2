'use strict';

const { identify, hasDocuments, CORE_STORE } = require('../schema/identity');
const { targetOf } = require('../schema/relations');

/**
 * One write as the addon wants it.
 *
 * @typedef {object} Change
 * @property {string} uid
 * @property {{ id: string, fields: string[] | null }[] | null} rows null: not known which
 * @property {string[]} edges other types whose relations may join other rows than before
 */

/** Columns that say where a row shows: a write to one of them is more than a change of a value. */
const STRUCTURAL = new Set(['id', 'documentId', 'document_id', 'locale', 'publishedAt', 'published_at']);

/**
 * What a write changed, from its call and its result. Over-eviction is allowed, silence is not: what is not known
 * counts as a change of the whole type.
 *
 * @returns {Change}
 */
function changeOf(strapi, { method, uid, args, result, reported }) {
  const schema = strapi.getModel(uid);
  const data = method.endsWith('Relations') ? args[1] : args[0]?.data;
  const change = { uid, rows: /** @type {Change['rows']} */ (null), edges: edgesOf(schema, data) };
  if (!reported) return change;
  if (method === 'create' || method === 'delete' || method === 'update') {
    // A delete that matched nothing. An update is read again through filters and hooks, and null says nothing of it.
    if (method === 'delete' && result === null) return { ...change, rows: [] };
    const id = identify(schema, uid, result ?? {});
    // A row that is given another name was known by its old one until now.
    if (id !== undefined && !(method === 'update' && renames(data, uid)))
      change.rows = [{ id: String(id), fields: fieldsOf(method, schema, data) }];
  } else if (method === 'createMany' && hasDocuments(schema)) {
    const ids = data.map((row) => row.documentId);
    if (ids.every((id) => typeof id === 'string')) change.rows = ids.map((id) => ({ id, fields: null }));
  }
  return change;
}

const renames = (data, uid) =>
  ['id', 'documentId', ...(uid === CORE_STORE ? ['key'] : [])].some((name) => name in (data ?? {}));

/** The columns that were written, if the write was an update of plain columns and nothing else. */
function fieldsOf(method, schema, data) {
  if (method !== 'update' || !schema) return null;
  const names = Object.keys(data ?? {});
  // Strapi sets it with every update of a type without draft and publish, where it says nothing.
  const hasStatus = schema.options?.draftAndPublish === true;
  const plain = (name) => {
    if (name === 'publishedAt' && !hasStatus) return true;
    const attribute = schema.attributes[name];
    return attribute !== undefined && targetOf(attribute) === undefined && !STRUCTURAL.has(name);
  };
  return names.every(plain) ? names : null;
}

/** The types on the other side of every relation that the data sets. */
function edgesOf(schema, data) {
  if (!schema || typeof data !== 'object' || data === null) return [];
  const targets = new Set();
  for (const row of Array.isArray(data) ? data : [data]) {
    for (const name of Object.keys(row ?? {})) {
      const attribute = schema.attributes[name];
      const target = attribute && targetOf(attribute);
      if (target !== undefined && target !== '*') targets.add(target);
      if (target === '*') for (const uid of namedTypes(row[name])) targets.add(uid);
    }
  }
  return [...targets];
}

/** The types that the value of a polymorphic relation or of a dynamic zone names, however it is written. */
function namedTypes(value) {
  if (Array.isArray(value)) return value.flatMap(namedTypes);
  if (typeof value !== 'object' || value === null) return [];
  const own = value.__type ?? value.__component;
  const inner = ['set', 'connect', 'disconnect'].flatMap((key) => namedTypes(value[key]));
  return typeof own === 'string' ? [own, ...inner] : inner;
}

module.exports = { changeOf };
