'use strict';

const { errors } = require('@strapi/utils');
const { listOf, sortTerms } = require('./lists');
const { populateTree } = require('./populate');

/** What every row has whatever `fields` says. */
const ALWAYS = ['id', 'documentId'];

/**
 * A handle's query with a caller's: filters are added to each other, so a caller cannot widen them; fields, populate
 * and sort are what a caller gets by default and the most one can ask for. The same on every level of populate, where
 * a relation that is not configured cannot be asked for either.
 *
 * @param {Record<string, any>} own the handle's
 * @param {Record<string, any>} asked the caller's, validated and sanitized
 * @param {any} raw the caller's as it was sent: in the sanitized one Strapi has written every "*" out
 */
function combine(own, asked, raw) {
  return combineLevel(own, asked, raw, '');
}

function combineLevel(own, asked, raw, path) {
  const combined = {
    ...asked,
    fields: combineFields(own.fields, asked.fields, `${path}fields`),
    filters: combineFilters(own.filters, asked.filters),
    populate: combinePopulate(own.populate, asked.populate, raw?.populate, `${path}populate`),
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

function combinePopulate(own, asked, raw, path) {
  const allowed = populateTree(own);
  const wanted = populateTree(asked);
  if (!allowed) return asked;
  const all = '*' in (populateTree(raw) ?? {});
  if (all || !wanted || '*' in wanted) return allowed;
  refuseOthers(path, Object.keys(wanted), Object.keys(allowed));
  const rawTree = populateTree(raw) ?? {};
  return Object.fromEntries(
    Object.entries(wanted).map(([name, options]) => {
      return [name, combineOptions(allowed[name], options, rawTree[name], `${path}.${name}`)];
    }),
  );
}

/** One populated relation: `true` or options, on either side. */
function combineOptions(own, asked, raw, path) {
  if (typeof asked !== 'object' || raw === '*') return own;
  const limits = typeof own === 'object' ? own : {};
  if (limits.on || asked.on) {
    throw new errors.ValidationError(
      `Invalid ${path}: this handle decides what is populated here; ask for it without options`,
      {
        path,
      },
    );
  }
  // What is not configured below a configured relation is not there to be asked for.
  return combineLevel({ ...limits, populate: limits.populate ?? {} }, asked, raw, `${path}.`);
}

function refuseOthers(path, wanted, allowed) {
  const other = wanted.find((name) => !allowed.includes(name));
  if (other === undefined) return;
  throw new errors.ValidationError(
    `Invalid ${path} "${other}": this handle allows ${allowed.join(', ') || 'none'}`,
    {
      path,
      value: other,
      allowed,
    },
  );
}

module.exports = { combine };
