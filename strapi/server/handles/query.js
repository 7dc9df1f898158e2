'use strict';

const { errors, pagination: paginationOf } = require('@strapi/utils');
const { combine } = require('./combine');

/**
 * What of a query decides an answer of Strapi's own controllers. `page` and `pageSize` do when they stand outside of
 * `pagination`: Strapi refuses them there.
 */
const DECIDING = [
  'page',
  'pageSize',
  'fields',
  'filters',
  'populate',
  'sort',
  'locale',
  'status',
  '_q',
  'publicationFilter',
  'hasPublishedVersion',
];
const WINDOW = ['page', 'pageSize', 'start', 'limit'];
const DECIDING_COUNT = ['filters', 'locale', 'status', '_q', 'publicationFilter', 'hasPublishedVersion'];

/**
 * The query that is really asked: the caller's, validated and sanitized as Strapi's REST controllers do it for this
 * caller, with the handle's.
 *
 * @param {'findMany' | 'findOne' | 'getCount'} kind
 */
async function effectiveQuery(strapi, handle, kind, ctx, auth) {
  const asked = await sanitized(strapi, handle.uid, ctx.query, auth);
  const combined = combine(handle.params, asked, ctx.query);
  // As in @strapi/core core-api/service/core-service: whoever says nothing of status gets what is published.
  const whole = { ...combined, ...scopeOf(handle.params, asked) };
  const query = pick(whole, kind === 'getCount' ? DECIDING_COUNT : DECIDING);
  if (kind === 'findOne') return { ...query, id: ctx.params.id };
  return kind === 'findMany' ? { ...query, ...windowOf(strapi, handle.params, asked) } : query;
}

async function sanitized(strapi, uid, query, auth) {
  const type = strapi.contentType(uid);
  const strictParams = strapi.config.get('api.rest.strictParams');
  const options = typeof strictParams === 'boolean' ? { auth, strictParams } : { auth };
  await strapi.contentAPI.validate.query(query, type, options);
  return strapi.contentAPI.sanitize.query(query, type, options);
}

/** Locale and status: the handle's status is fixed, its locale a default. */
function scopeOf(own, asked) {
  if (own.status !== undefined && asked.status !== undefined && asked.status !== own.status) {
    throw new errors.ValidationError(
      `Invalid status "${asked.status}": this handle answers ${own.status} content`,
    );
  }
  /** @type {Record<string, any>} */
  const scope = { status: 'published', ...pick(asked, ['status', 'locale']) };
  if (own.status !== undefined) scope.status = own.status;
  if (own.locale !== undefined && !asked.locale) scope.locale = own.locale;
  return scope;
}

/** Start and limit, as @strapi/core core-api/service/pagination works them out from a request. */
function windowOf(strapi, own, asked) {
  const says = WINDOW.some((key) => asked.pagination?.[key] !== undefined);
  const given = (says ? asked.pagination : own.pagination) ?? {};
  const defaultLimit = Number(strapi.config.get('api.rest.defaultLimit', 25));
  const maxLimit = Number(strapi.config.get('api.rest.maxLimit')) || -1;
  const defaults = { offset: { limit: defaultLimit }, page: { pageSize: defaultLimit } };
  const { start, limit } = paginationOf.withDefaultPagination(given, { defaults, maxLimit });
  if (!Number.isInteger(start) || !Number.isInteger(limit)) {
    throw new errors.ValidationError(
      `Invalid pagination ${JSON.stringify(given)}: its values must be whole numbers`,
    );
  }
  return { start, limit };
}

const pick = (object, keys) =>
  Object.fromEntries(keys.filter((key) => object[key] !== undefined).map((key) => [key, object[key]]));

module.exports = { effectiveQuery };
