'use strict';

const { hasDocuments, CORE_STORE } = require('../schema/identity');
const { targetOf } = require('../schema/relations');

/**
 * Records what a read asked for, beside what it got: which rows could have been there, and through which relations it
 * looked. `params` are the Query Engine's: where, orderBy, populate.
 */
function observeQuestion(scope, schemaOf, method, uid, params, result) {
  const schema = schemaOf(uid);
  const found = method === 'findOne' && result;
  if (found && isPinned(schema, uid, params)) {
    // Nothing but this row decides the answer, and the row is recorded with the result.
  } else if (uid === CORE_STORE && typeof params.where?.key === 'string') {
    // A setting that is not there yet.
    scope.document(uid, params.where.key);
  } else {
    scope.list(uid);
  }
  observeShape(scope, schemaOf, uid, params, null);
}

/**
 * Where, order and populate of one level.
 *
 * @param {Function | null} inherited a filter that holds for this level and those below
 */
function observeShape(scope, schemaOf, uid, params, inherited) {
  const schema = schemaOf(uid);
  if (!schema) return;
  const filter = typeof params.filters === 'function' ? params.filters : inherited;
  if (filter && !isStatusFilter(filter, uid)) scope.any(uid);
  if (filter !== params.filters) observeTerms(scope, schemaOf, schema, params.filters);
  observeTerms(scope, schemaOf, schema, params.where);
  observeTerms(scope, schemaOf, schema, params.orderBy);
  observePopulate(scope, schemaOf, schema, params.populate, filter);
}

/**
 * Whether a filter that Strapi gives as a function asks, on the level of `uid`, for nothing but draft or published (as
 * @strapi/utils convert-query-params makes it for `status`). A row that passes from one to the other comes and goes,
 * which moves lists and relations by itself. Other such filters, as `publicationFilter`, look at sibling rows.
 */
function isStatusFilter(filter, uid) {
  try {
    const terms = filter({ meta: { uid } }) ?? {};
    const { publishedAt = {}, ...others } = terms;
    return Object.keys(others).length === 0 && Object.keys(publishedAt).every((key) => key === '$null');
  } catch {
    return false;
  }
}

/** Every relation that filters or an order look through: anything about its target may then decide the answer. */
function observeTerms(scope, schemaOf, schema, terms) {
  if (typeof terms === 'string') {
    for (const part of terms.split(',')) observePath(scope, schemaOf, schema, part.trim().split(/[.:]/));
    return;
  }
  if (Array.isArray(terms)) {
    for (const term of terms) observeTerms(scope, schemaOf, schema, term);
    return;
  }
  if (typeof terms !== 'object' || terms === null || terms instanceof Date) return;
  for (const [key, inner] of Object.entries(terms)) {
    const attribute = schema.attributes[key];
    if (!attribute) {
      // A logical operator, or a column that every row has.
      if (key.startsWith('$')) observeTerms(scope, schemaOf, schema, inner);
      else observePath(scope, schemaOf, schema, key.split('.'));
      continue;
    }
    followed(scope, schemaOf, attribute, (target) => observeTerms(scope, schemaOf, target, inner));
  }
}

function observePath(scope, schemaOf, schema, path) {
  const [name, ...rest] = path;
  const attribute = schema.attributes[name];
  if (!attribute) return;
  followed(
    scope,
    schemaOf,
    attribute,
    (target) => rest.length > 0 && observePath(scope, schemaOf, target, rest),
  );
}

function followed(scope, schemaOf, attribute, then) {
  const uid = targetOf(attribute);
  if (uid === undefined) return;
  if (uid === '*') {
    scope.edge('*');
    for (const component of attribute.components ?? []) scope.any(component);
    return;
  }
  scope.any(uid);
  const target = schemaOf(uid);
  if (target) then(target);
}

function observePopulate(scope, schemaOf, schema, populate, filter) {
  for (const [name, params] of populated(schema, populate)) {
    const attribute = schema.attributes[name];
    const uid = attribute && targetOf(attribute);
    if (uid === undefined) continue;
    const inner = typeof params === 'object' && params !== null ? params : {};
    if (uid === '*') {
      scope.edge('*');
      for (const component of attribute.components ?? []) scope.edge(component);
      for (const [componentUid, fragment] of Object.entries(inner.on ?? {})) {
        observeLevel(scope, schemaOf, componentUid, fragment, filter);
      }
      // Without fragments the same options hold for every component of the zone.
      if (!inner.on) {
        for (const component of attribute.components ?? [])
          observeLevel(scope, schemaOf, component, inner, filter);
      }
      continue;
    }
    observeLevel(scope, schemaOf, uid, inner, filter);
  }
}

/** What, on a populated relation, lets the columns of its rows decide which of them are there. */
const SELECTING = [
  'where',
  'filters',
  '_q',
  'orderBy',
  'limit',
  'offset',
  'start',
  'page',
  'pageSize',
  'sort',
];

function observeLevel(scope, schemaOf, uid, params, filter) {
  const shape = typeof params === 'object' && params !== null ? params : {};
  if (SELECTING.some((key) => shape[key] !== undefined)) scope.any(uid);
  else scope.edge(uid);
  observeShape(scope, schemaOf, uid, shape, filter);
}

/** The populated attributes with their options, from any of the forms that the Query Engine takes. */
function populated(schema, populate) {
  if (populate === true || populate === '*') return Object.keys(schema.attributes).map((name) => [name, {}]);
  if (typeof populate === 'string') return [[populate, {}]];
  if (Array.isArray(populate)) return populate.map((path) => nested(String(path).split('.')));
  if (typeof populate !== 'object' || populate === null) return [];
  return Object.entries(populate).filter(([, params]) => params !== false);
}

/** `a.b` as `{ a: { populate: { b } } }`. */
function nested(path) {
  const [name, ...rest] = path;
  if (rest.length === 0) return [name, {}];
  const [inner, params] = nested(rest);
  return [name, { populate: { [inner]: params } }];
}

/** Whether `where` names one row by its identity, so that no other row could be the answer. */
function isPinned(schema, uid, { where, filters, _q }) {
  const plain = !filters || (typeof filters === 'function' && isStatusFilter(filters, uid));
  if (!plain || _q) return false;
  const names = uid === CORE_STORE ? ['key'] : hasDocuments(schema) ? ['documentId', 'id'] : ['id'];
  return pins(where, names);
}

function pins(where, names) {
  if (typeof where !== 'object' || where === null || Array.isArray(where)) return false;
  if (names.some((name) => isScalar(where[name]) || isScalar(where[name]?.$eq))) return true;
  return Array.isArray(where.$and) && where.$and.some((part) => pins(part, names));
}

const isScalar = (value) => typeof value === 'string' || typeof value === 'number';

module.exports = { observeQuestion };
