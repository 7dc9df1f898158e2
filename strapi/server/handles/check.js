'use strict';

const { isOperator } = require('@strapi/utils');
const { ConfigError, nearestOf, show } = require('../config/check');
const { targetOf } = require('../schema/relations');
const { populateTree } = require('./populate');
const { listOf, sortTerms } = require('./lists');

/** Types of attributes whose values can stand in an URL. */
const IDENTIFYING = [
  'string',
  'text',
  'uid',
  'email',
  'enumeration',
  'integer',
  'biginteger',
  'decimal',
  'float',
];

const DIRECTIONS = ['asc', 'desc'];

/** Columns that every content type has, besides its attributes. */
const BUILT_IN = ['id', 'documentId', 'createdAt', 'updatedAt', 'publishedAt', 'locale'];

/**
 * Checks the configured handles against the content types: what the shape of the configuration cannot tell. Throws one
 * error that names every mistake.
 */
function checkHandles(strapi, handles) {
  const mistakes = [];
  for (const handle of handles) {
    const path = `handles.${handle.name}`;
    const type = strapi.contentTypes[handle.uid];
    if (!type) {
      mistakes.push(unknown(`${path}.uid`, handle.uid, 'a content type', apiTypes(strapi)));
      continue;
    }
    const check = new TypeCheck(strapi, mistakes);
    if (handle.idField) check.identifying(type, handle.idField, `${path}.idField`);
    handle.ignoreFields.forEach((name) => check.scalar(type, name, `${path}.ignoreFields`));
    if (!checkKinds(handle.params, `${path}.params`, mistakes)) continue;
    check.query(type, handle.params, `${path}.params`);
    checkScalars(handle.params, `${path}.params`, mistakes);
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
}

const isText = (value) => typeof value === 'string';
const isList = (value) => Array.isArray(value) && value.every(isText);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What each part of a query may be, as Strapi takes it. */
const KINDS = {
  fields: { right: (value) => isText(value) || isList(value), text: 'a text or a list of texts' },
  filters: { right: isObject, text: 'an object' },
  populate: {
    right: (value) => isText(value) || isList(value) || isObject(value) || value === true,
    text: 'a text, a list of texts or an object',
  },
  sort: {
    right: (value) => isText(value) || Array.isArray(value) || isObject(value),
    text: 'a text, a list or an object',
  },
};

function checkKinds(params, path, mistakes) {
  const wrong = Object.entries(KINDS).filter(
    ([key, { right }]) => params[key] != null && !right(params[key]),
  );
  for (const [key, { text }] of wrong) {
    mistakes.push(`${path}.${key} is ${show(params[key])}; it must be ${text}.`);
  }
  return wrong.length === 0;
}

const apiTypes = (strapi) => Object.keys(strapi.contentTypes).filter((uid) => uid.startsWith('api::'));

function unknown(path, value, what, known) {
  const nearest = nearestOf(String(value), known);
  const hint = nearest ? ` Did you mean "${nearest}"?` : '';
  return `${path} is ${show(value)}, which is not ${what}.${hint} Allowed are ${known.join(', ') || 'none'}.`;
}

/** Checks names against the attributes of a type, through relations. */
class TypeCheck {
  constructor(strapi, mistakes) {
    this.strapi = strapi;
    this.mistakes = mistakes;
  }

  query(type, { fields, filters, populate, sort }, path) {
    for (const name of listOf(fields)) if (name !== '*') this.shown(type, name, `${path}.fields`);
    for (const { path: names, direction } of sortTerms(sort)) {
      this.through(type, names, `${path}.sort`);
      if (!DIRECTIONS.includes(direction.toLowerCase())) {
        this.mistakes.push(unknown(`${path}.sort`, direction, 'a direction', DIRECTIONS));
      }
    }
    this.filters(type, filters, `${path}.filters`);
    this.populate(type, populate, `${path}.populate`);
  }

  attribute(type, name, path) {
    if (type.attributes[name] || BUILT_IN.includes(name)) return true;
    this.mistakes.push(unknown(path, name, `an attribute of ${type.uid}`, Object.keys(type.attributes)));
    return false;
  }

  scalar(type, name, path) {
    if (this.attribute(type, name, path) && type.attributes[name] && targetOf(type.attributes[name])) {
      this.mistakes.push(
        `${path} is "${name}", which is a relation; it must be a plain attribute of ${type.uid}.`,
      );
    }
  }

  /** An attribute that the last part of an URL can be compared with. */
  identifying(type, name, path) {
    this.scalar(type, name, path);
    const attribute = type.attributes[name];
    if (attribute && !targetOf(attribute) && !IDENTIFYING.includes(attribute.type)) {
      this.mistakes.push(
        `${path} is "${name}" of type ${attribute.type}; it must be of ${IDENTIFYING.join(', ')}.`,
      );
    }
  }

  shown(type, name, path) {
    this.scalar(type, name, path);
    if (type.attributes[name]?.private) {
      this.mistakes.push(`${path} has "${name}", which is private: Strapi never shows it.`);
    }
  }

  /**
   * A path such as `author.name`.
   *
   * @param {any} type
   * @param {string[]} names
   */
  through(type, names, path) {
    const [name, ...rest] = names;
    if (!this.attribute(type, name, path) || rest.length === 0) return;
    const target = this.targetType(type, name);
    if (target) this.through(target, rest, path);
    else this.mistakes.push(`${path} goes through "${name}", which is not a relation of ${type.uid}.`);
  }

  filters(type, filters, path) {
    if (filters === undefined) return;
    if (Array.isArray(filters)) filters.forEach((part, i) => this.filters(type, part, `${path}[${i}]`));
    if (typeof filters !== 'object' || filters === null || Array.isArray(filters)) return;
    for (const [key, inner] of Object.entries(filters)) {
      if (key.startsWith('$')) {
        if (!isOperator(key))
          this.mistakes.push(`${path} has ${show(key)}, which is not one of Strapi's operators.`);
        this.filters(type, inner, `${path}.${key}`);
      } else if (this.attribute(type, key, path)) {
        const target = this.targetType(type, key);
        if (target) this.filters(target, inner, `${path}.${key}`);
        else this.operators(inner, `${path}.${key}`);
      }
    }
  }

  /** What stands at a plain attribute: a value, or operators with values. */
  operators(inner, path) {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return;
    for (const key of Object.keys(inner)) {
      if (!isOperator(key))
        this.mistakes.push(`${path} has ${show(key)}, which is not one of Strapi's operators.`);
    }
  }

  populate(type, populate, path) {
    for (const [name, options] of Object.entries(populateTree(populate) ?? {})) {
      if (name === '*') continue;
      if (!type.attributes[name] || !targetOf(type.attributes[name])) {
        const relations = Object.keys(type.attributes).filter((key) => targetOf(type.attributes[key]));
        this.mistakes.push(unknown(path, name, `a relation, component or media of ${type.uid}`, relations));
        continue;
      }
      if (typeof options !== 'object') continue;
      const target = this.targetType(type, name);
      if (target) this.query(target, options, `${path}.${name}`);
      this.fragments(type.attributes[name], options.on, `${path}.${name}.on`);
    }
  }

  /** The parts of a dynamic zone, each with a query of its own. */
  fragments({ components = [] }, on, path) {
    for (const [uid, options] of Object.entries(on ?? {})) {
      if (!components.includes(uid))
        this.mistakes.push(unknown(path, uid, 'a component of this zone', components));
      else if (typeof options === 'object') this.query(this.strapi.getModel(uid), options, `${path}.${uid}`);
    }
  }

  targetType(type, name) {
    const attribute = type.attributes[name];
    const uid = attribute && targetOf(attribute);
    return uid && uid !== '*' ? this.strapi.getModel(uid) : undefined;
  }
}

const PAGINATION = ['page', 'pageSize', 'start', 'limit'];

function checkScalars({ status, locale, pagination }, path, mistakes) {
  if (status !== undefined && status !== 'published' && status !== 'draft') {
    mistakes.push(`${path}.status is ${show(status)}; it must be "published" or "draft".`);
  }
  if (locale !== undefined && (typeof locale !== 'string' || locale === '')) {
    mistakes.push(`${path}.locale is ${show(locale)}; it must be a locale's code, such as "en".`);
  }
  if (pagination === undefined) return;
  if (typeof pagination !== 'object' || pagination === null || Array.isArray(pagination)) {
    mistakes.push(
      `${path}.pagination is ${show(pagination)}; it must be an object with ${PAGINATION.join(', ')}.`,
    );
    return;
  }
  for (const [key, value] of Object.entries(pagination)) {
    if (!PAGINATION.includes(key))
      mistakes.push(unknown(`${path}.pagination`, key, 'one of its keys', PAGINATION));
    else if (!Number.isInteger(value) || value < (key === 'start' ? 0 : 1)) {
      mistakes.push(
        `${path}.pagination.${key} is ${show(value)}; it must be a whole number from ${key === 'start' ? 0 : 1}.`,
      );
    }
  }
  const paged = 'page' in pagination || 'pageSize' in pagination;
  if (paged && ('start' in pagination || 'limit' in pagination)) {
    mistakes.push(`${path}.pagination mixes page/pageSize with start/limit; Strapi takes one of the two.`);
  }
}

module.exports = { checkHandles };
