'use strict';

const { targetOf } = require('../schema/relations');
const { listOf } = require('./lists');

/**
 * A populate as Strapi takes it, in one form: an object from attribute to `true` or to its options. `'*'` stays a key.
 *
 * @returns {Record<string, any> | undefined} undefined when nothing is said of populate at all
 */
function populateTree(populate) {
  if (populate === undefined || populate === null || populate === '') return undefined;
  if (typeof populate === 'string' || Array.isArray(populate)) {
    const tree = {};
    for (const path of listOf(populate)) plant(tree, path.split('.'));
    return tree;
  }
  if (typeof populate !== 'object') return populate === true ? { '*': true } : {};
  const asked = Object.entries(populate).filter(([, options]) => options !== false && options !== 'false');
  return Object.fromEntries(asked.map(([name, options]) => [name, optionsOf(options)]));
}

/** Puts the path `a.b` into a tree as `{ a: { populate: { b: true } } }`. */
function plant(tree, path) {
  const [name, ...rest] = path;
  if (rest.length === 0) {
    tree[name] ??= true;
    return;
  }
  if (typeof tree[name] !== 'object') tree[name] = { populate: {} };
  plant(tree[name].populate, rest);
}

/** `true` and its spellings as `true`; options as they are. */
const optionsOf = (options) =>
  typeof options === 'object' && options !== null ? options : options === '*' ? '*' : true;

/**
 * The populate of a handle with every `'*'` written out, so that it can be a limit.
 *
 * @param {(uid: string) => any} schemaOf
 */
function expandPopulate(schemaOf, uid, populate) {
  const tree = populateTree(populate);
  const schema = schemaOf(uid);
  if (!tree || !schema) return tree;
  const names = Object.keys(tree).flatMap((name) => (name === '*' ? relationsOf(schema) : [name]));
  return Object.fromEntries(
    [...new Set(names)].map((name) => [
      name,
      expandOptions(schemaOf, schema.attributes[name], tree[name] ?? true),
    ]),
  );
}

function expandOptions(schemaOf, attribute, options) {
  const uid = attribute && targetOf(attribute);
  if (typeof options !== 'object' || !uid || uid === '*' || !('populate' in options)) return options;
  return { ...options, populate: expandPopulate(schemaOf, uid, options.populate) };
}

const relationsOf = (schema) =>
  Object.keys(schema.attributes).filter((name) => targetOf(schema.attributes[name]));

module.exports = { populateTree, expandPopulate };
