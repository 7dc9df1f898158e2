'use strict';

// Requests through node:http, because fetch normalises headers and hides what was really sent.
const http = require('http');

const parseJson = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** `body` may be an object, sent as JSON. The answer keeps `rawHeaders` beside the parsed ones. */
exports.request = (base, path, { method = 'GET', headers = {}, body, token, timeout = 30_000 } = {}) =>
  new Promise((resolve, reject) => {
    const isRaw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
    const payload = isRaw ? body : JSON.stringify(body);
    const sent = {
      ...(!isRaw && { 'content-type': 'application/json' }),
      ...(payload !== undefined && { 'content-length': Buffer.byteLength(payload) }),
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    };
    const { hostname, port } = new URL(base);
    // No agent: a pooled socket would be closed under the next request when Strapi shuts down.
    const outgoing = http.request({ hostname, port, path, method, headers: sent, agent: false, timeout });
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`${method} ${path}: no answer in ${timeout} ms`)),
    );
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks = [];
      incoming.on('error', reject);
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('end', () => {
        const raw = Buffer.concat(chunks);
        const text = raw.toString('utf8');
        const { statusCode: status, headers: received, rawHeaders } = incoming;
        resolve({ status, headers: received, rawHeaders, raw, text, json: parseJson(text) });
      });
    });
    outgoing.end(payload);
  });
