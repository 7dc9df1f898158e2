'use strict';

const { errors } = require('@strapi/utils');
const { authenticate } = require('../audience/authenticate');
const { describe, sendError } = require('../http/errors');
const { sendReply, sendUncached } = require('../http/send');
const { effectiveQuery } = require('./query');
const { handleOf } = require('./handles');

const ALLOW = 'GET, HEAD, OPTIONS';

/** One function per kind of route: `(ctx) => Promise<void>`. */
function createController(plugin) {
  return {
    findMany: (ctx) => serve(plugin, ctx, 'findMany', 'find'),
    findOne: (ctx) => serve(plugin, ctx, 'findOne', 'findOne'),
    getCount: (ctx) => serve(plugin, ctx, 'getCount', 'find'),
  };
}

async function serve(plugin, ctx, kind, permission) {
  if (!checkMethod(ctx)) return;
  const reason = bypassReason(plugin, ctx);
  if (!reason && answerFromMemory(plugin, ctx)) return;
  try {
    const handle = handleOf(plugin, ctx.params.handle, permission);
    const caller = await authenticate(plugin, ctx);
    if (!caller) return;
    if (!(await authorized(plugin, ctx, caller.auth, handle.uid, permission))) return;
    const query = await effectiveQuery(plugin.strapi, handle, kind, ctx, caller.auth);
    await answer(
      plugin,
      ctx,
      handle.sourceOf(kind, ctx.query),
      query,
      caller.audience,
      reason ?? handle.bypass,
    );
  } catch (error) {
    const described = describe(error);
    if (described.internal) plugin.log.error('PFAPI_REQUEST_FAILED', described.internal);
    sendError(ctx, described);
  }
}

/** GET and HEAD go on; OPTIONS and all others are answered here (RFC 9110, 9.3.7 and 15.5.6). */
function checkMethod(ctx) {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') return true;
  ctx.set('Allow', ALLOW);
  if (ctx.method === 'OPTIONS') {
    ctx.status = 204;
  } else {
    const message = `The method ${ctx.method} is not allowed here; allowed are ${ALLOW}.`;
    sendError(ctx, { status: 405, name: 'MethodNotAllowedError', message, details: {} });
  }
  return false;
}

/** Why this request may not use the cache at all. */
function bypassReason(plugin, ctx) {
  if (plugin.bypass) return plugin.bypass;
  return plugin.writes.mayUseCache(ctx) ? null : 'wrote';
}

/**
 * What the request asks, as the native call gets it. The query is the parsed one and not the request line: a middleware
 * that has run before may have changed it.
 */
const targetOf = (ctx) => `${ctx.path}\n${JSON.stringify(ctx.query)}`;

const headerOf = (ctx, name) => ctx.req.headers[name];

/** The one native call of a hit. */
function answerFromMemory(plugin, ctx) {
  try {
    const header = (name) => headerOf(ctx, name);
    const conditions = [header('if-none-match'), header('if-modified-since')];
    const reply = plugin.cache.reply(ctx.method, targetOf(ctx), header('authorization'), ...conditions);
    if (reply) sendReply(ctx, reply);
    return Boolean(reply);
  } catch (error) {
    faulted(plugin, error);
    return false;
  }
}

/** A fault of the cache's own is not the caller's: it is told once, and the request is answered past the cache. */
function faulted(plugin, error) {
  plugin.log.warnOnce('PFAPI_FAULT', `${error.stack ?? error}; such requests are answered uncached.`);
}

/** The caller needs the permission that the same read over /api needs, and is refused in the same words. */
async function authorized(plugin, ctx, auth, uid, permission) {
  try {
    await plugin.strapi.get('auth').verify(auth, { scope: [`${uid}.${permission}`] });
    return true;
  } catch (error) {
    if (error instanceof errors.UnauthorizedError) ctx.unauthorized();
    else if (error instanceof errors.ForbiddenError && !(error instanceof errors.PolicyError))
      ctx.forbidden();
    else throw error;
    return false;
  }
}

async function answer(plugin, ctx, source, query, audience, reason) {
  const spelling = JSON.stringify(query);
  const bypass = reason ?? (audience ? null : 'foreign-auth');
  if (bypass) return answerUncached(plugin, ctx, source, spelling, bypass);
  const asked = {
    method: ctx.method,
    url: targetOf(ctx),
    ifNoneMatch: headerOf(ctx, 'if-none-match'),
    ifModifiedSince: headerOf(ctx, 'if-modified-since'),
    trace: plugin.config.outcomeHeader,
  };
  const reply = await source.native
    .answer(asked, spelling, audience.name, audience.isPublic)
    .catch((error) => {
      faulted(plugin, error);
      return { failure: { kind: 'lost' } };
    });
  if (!reply.failure) return sendReply(ctx, reply);
  if (reply.failure.kind === 'source') return sendError(ctx, JSON.parse(reply.failure.text));
  if (reply.failure.kind === 'timeout') {
    const details = { code: 'PFAPI_FETCH_TIMEOUT' };
    return sendError(ctx, {
      status: 503,
      name: 'ServiceUnavailableError',
      message: reply.failure.text,
      details,
    });
  }
  if (reply.failure.text) faulted(plugin, reply.failure.text);
  return answerUncached(plugin, ctx, source, spelling, 'fault');
}

async function answerUncached(plugin, ctx, source, spelling, reason) {
  const fetched = await source.fetchUncached(spelling, ctx.state.auth);
  if (fetched.failure) return sendError(ctx, JSON.parse(fetched.failure));
  return sendUncached(ctx, fetched, reason, plugin);
}

module.exports = { createController };
