'use strict';

const { createHash } = require('node:crypto');

const SECOND = 1000;
/**
 * The longest a credential's audience is remembered. Changes of permissions, roles, users and tokens end it at once;
 * this bound keeps a token's "last used" date moving, which Strapi sets when it authenticates.
 */
const MAX_LIFETIME = 600 * SECOND;

/**
 * Who a caller is, as far as answers go: the set of permissions that shapes them.
 *
 * @param {any} auth `ctx.state.auth`, as Strapi's authentication left it
 * @returns {{ name: string, isPublic: boolean } | null} null for a strategy that is not known here: what shapes its
 *   answers is not known either
 */
function audienceOf(auth) {
  const strategy = auth?.strategy?.name;
  if (strategy === 'users-permissions') {
    const isPublic = auth.credentials === null || auth.credentials === undefined;
    return name([strategy, isPublic ? 'public' : 'user', rulesOf(auth.ability)], isPublic);
  }
  if (strategy === 'content-api-token') {
    const { type } = auth.credentials;
    return name([strategy, type, type === 'custom' ? rulesOf(auth.ability) : []], false);
  }
  return null;
}

function name(parts, isPublic) {
  return { name: createHash('sha256').update(JSON.stringify(parts)).digest('base64url'), isPublic };
}

/** The rules of an ability in one order. The content API's abilities have actions only; the rest is there to be safe. */
function rulesOf(ability) {
  const rules = ability?.rules ?? [];
  return rules
    .map(({ action, subject, fields, conditions, inverted }) =>
      JSON.stringify([action, subject, fields, conditions, inverted]),
    )
    .sort();
}

/**
 * Milliseconds for which a credential's audience may be remembered; 0 when it must not be.
 *
 * @param {any} auth
 * @param {string | undefined} authorization the header
 * @param {number} now milliseconds since the epoch
 */
function lifetimeOf(auth, authorization, now) {
  const expiry = expiryOf(auth, authorization);
  // A date that cannot be read gives NaN.
  return Math.max(0, Math.min(MAX_LIFETIME, expiry - now)) || 0;
}

function expiryOf(auth, authorization) {
  if (auth.strategy.name === 'content-api-token') {
    const { expiresAt } = auth.credentials;
    return expiresAt ? new Date(expiresAt).getTime() : Infinity;
  }
  if (!auth.credentials) return Infinity;
  return expiryOfJwt(authorization) ?? 0;
}

/** When a JSON Web Token ends. Strapi has verified it before this is asked. */
function expiryOfJwt(authorization) {
  try {
    const payload = authorization.trim().split(/\s+/)[1].split('.')[1];
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof exp === 'number' ? exp * SECOND : undefined;
  } catch {
    return undefined;
  }
}

module.exports = { audienceOf, lifetimeOf };
