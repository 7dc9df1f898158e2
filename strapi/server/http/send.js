'use strict';

/**
 * Sends a response that the addon has made. `Vary` joins what CORS has put there. Without a body (HEAD, 304) Koa keeps
 * the fields as they are set.
 *
 * @param {any} ctx
 * @param {{ status: number, head: string[], body?: Buffer }} reply
 */
function sendReply(ctx, { status, head, body }) {
  ctx.status = status;
  for (let i = 0; i < head.length; i += 2) {
    if (head[i] === 'Vary') ctx.vary(head[i + 1]);
    else ctx.set(head[i], head[i + 1]);
  }
  if (body) ctx.body = body;
}

/** Sends an answer that was made past the cache; nobody may keep it. */
function sendUncached(ctx, { body, contentType }, reason, plugin) {
  ctx.status = 200;
  ctx.set('Content-Type', contentType);
  ctx.set('Cache-Control', 'private, no-store');
  ctx.vary('Authorization');
  if (plugin.config.outcomeHeader) ctx.set('X-Pfapi-Cache', `bypass; reason=${reason}`);
  ctx.body = body;
}

module.exports = { sendReply, sendUncached };
