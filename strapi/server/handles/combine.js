'use strict';

const { errors } = require('@strapi/utils');
const { listOf, sortTerms } = require('./lists');
const { populateTree } = require('./populate');

/** What every row has whatever `fields` says. */
const ALWAYS = ['id', 'documentId'];

/**
 * A handle's query with a caller's: filters are added to each other, so a caller cannot widen them; fields, populate
 * and sort are what a caller gets by default and the most one can ask for. The same on every level of populate.
 *
 * @param {Record<string, any>} own the handle's
 * @param {Record<string, any>} asked the caller's, validated and sanitized
 * @param {string} path where in the query this is, for messages
 */
function combine(own, asked, path = '') {
  const combined = {
    ...asked,
    fields: combineFields(own.fields, asked.fields, `${path}fields`),
    filters: combineFilters(own.filters, asked.filters),
    populate: combinePopulate(own.populate, asked.populate, `${path}populate`),
    sort: combineSort(own.sort, asked.sort, `${path}sort`),
  };
  return Object.fromEntries(Object.entries(combined).filter(([, value]) => value !== undefined));
}

function combineFields(own, asked, path) {
  const allowed = listOf(own);
  const wanted = listOf(asked);
  if (allowed.length === 0 || allowed.includes('*')) return asked;
  if (wanted.length === 0 || wanted.includes('*')) return own;
  refuseOthers(path, wanted, [...allowed, ...ALWAYS]);
  return wanted;
}

function combineFilters(own, asked) {
  const both = [own, asked].filter((filters) => filters && Object.keys(filters).length > 0);
  return both.length > 1 ? { $and: both } : both[0];
}

function combineSort(own, asked, path) {
  const allowed = sortTerms(own).map((term) => term.path.join('.'));
  const wanted = sortTerms(asked).map((term) => term.path.join('.'));
  if (allowed.length === 0) return asked;
  if (wanted.length === 0) return own;
  refuseOthers(path, wanted, allowed);
  return asked;
}

function combinePopulate(own, asked, path) {
  const allowed = populateTree(own);
  const wanted = populateTree(asked);
  if (!allowed) return asked;
  if (!wanted || Object.keys(wanted).length === 0 || '*' in wanted) return allowed;
  refuseOthers(path, Object.keys(wanted), Object.keys(allowed));
  return Object.fromEntries(
    Object.entries(wanted).map(([name, options]) => [
      name,
      combineOptions(allowed[name], options, `${path}.${name}.`),
    ]),
  );
}

function combineOptions(own, asked, path) {
  if (typeof asked !== 'object') return own;
  if (typeof own !== 'object') return asked;
  if (own.on || asked.on) {
    throw new errors.ValidationError(
      `${path}: this handle decides what is populated here; ask for it without options`,
    );
  }
  return combine(own, asked, path);
}

function refuseOthers(path, wanted, allowed) {
  const other = wanted.find((name) => !allowed.includes(name));
  if (other === undefined) return;
  throw new errors.ValidationError(`Invalid ${path} "${other}": this handle allows ${allowed.join(', ')}`, {
    path,
    value: other,
    allowed,
  });
}

module.exports = { combine };
