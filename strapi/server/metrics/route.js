'use strict';

const { createHash, timingSafeEqual } = require('node:crypto');
const { prometheusText } = require('./prometheus');
const { statsOf } = require('./stats');

/** `GET /pfapi/metrics` for whoever has the token; without one configured there is no such route. */
function addMetricsRoute(plugin) {
  const { strapi, config } = plugin;
  if (config.metricsToken === null) return;
  const handler = (ctx) => {
    if (!isBearer(ctx.get('authorization'), config.metricsToken)) {
      ctx.set('WWW-Authenticate', 'Bearer realm="pfapi metrics"');
      return ctx.unauthorized();
    }
    ctx.set('Cache-Control', 'no-store');
    ctx.type = 'text/plain; version=0.0.4; charset=utf-8';
    ctx.body = prometheusText(statsOf(plugin));
  };
  const path = `${config.prefix}/metrics`;
  strapi.server.routes([
    { method: 'GET', path, handler, info: { pluginName: 'pfapi' }, config: { auth: false } },
  ]);
}

/** Compared as hashes, in a time that tells nothing of either. */
function isBearer(header, token) {
  const [, given = ''] = /^bearer +(\S+)$/i.exec(header) ?? [];
  const hash = (text) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}

module.exports = { addMetricsRoute };
