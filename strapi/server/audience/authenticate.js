'use strict';

const { FetchScope } = require('../reads/scope');
const { audienceOf, lifetimeOf } = require('./audience');

/**
 * Has Strapi authenticate a request as it does for /api, and remembers the audience that came out for the next request
 * with the same credential.
 *
 * The look-up is watched like any fetch: what it read (permissions, role, user, token, settings) is what ends the
 * memory, from the moment before its first read on.
 *
 * @returns {Promise<{ auth: any, audience: { name: string, isPublic: boolean } | null } | null>} null when Strapi has
 *   refused the credential; the response is then in `ctx`
 */
async function authenticate(plugin, ctx) {
  const lookup = plugin.cache?.beginAudience();
  try {
    const scope = new FetchScope();
    const accepted = await scope.run(() => askStrapi(plugin.strapi, ctx));
    if (!accepted) return null;
    const { auth } = ctx.state;
    const audience = audienceOf(auth);
    if (!audience) return { auth, audience: null };
    plugin.audiences.remember(audience.name, auth);
    const authorization = ctx.get('authorization') || undefined;
    const lifetime = lifetimeOf(auth, authorization, Date.now());
    if (lookup && lifetime > 0 && !scope.foreignSql && !plugin.foreign.any) {
      remember(plugin, () =>
        lookup.remember(authorization, audience.name, audience.isPublic, JSON.stringify(scope), lifetime),
      );
    }
    return { auth, audience };
  } finally {
    lookup?.giveUp();
  }
}

/** A fault of the memory is not the caller's. */
function remember(plugin, act) {
  try {
    act();
  } catch (error) {
    plugin.log.warnOnce('PFAPI_FAULT', `${error.stack}; the caller is looked up for each request.`);
  }
}

/**
 * Strapi looks for its strategies by the route's type, and ours is served outside of the content API: so the route it
 * sees is one of that type.
 */
async function askStrapi(strapi, ctx) {
  const route = ctx.state.route;
  ctx.state.route = { ...route, info: { ...route?.info, type: 'content-api' }, config: {} };
  try {
    let accepted = false;
    await strapi.get('auth').authenticate(ctx, () => {
      accepted = true;
    });
    return accepted;
  } finally {
    ctx.state.route = route;
  }
}

module.exports = { authenticate };
