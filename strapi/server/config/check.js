'use strict';

const { inspect } = require('node:util');
const { distance } = require('fastest-levenshtein');
const { options, RESERVED_NAMES } = require('./options');

/**
 * Checks what the user wrote, and throws one error that names every mistake: the key, the value and what is allowed.
 *
 * What only the schema can tell (content types, attributes) is checked at bootstrap, in handles/check.js.
 */
function checkConfig(config) {
  const mistakes = [];
  checkGroup(config ?? {}, options, '', mistakes);
  if (mistakes.length === 0) checkTogether(config ?? {}, mistakes);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
}

class ConfigError extends Error {
  constructor(mistakes, where = 'the configuration of pfapi') {
    const count = mistakes.length === 1 ? 'is a mistake' : `are ${mistakes.length} mistakes`;
    super(`PFAPI_CONFIG: there ${count} in ${where}:\n${mistakes.map((m) => `  - ${m}`).join('\n')}`);
    this.name = 'PfapiConfigError';
    this.code = 'PFAPI_CONFIG';
    this.mistakes = mistakes;
  }
}

function checkGroup(value, group, path, mistakes) {
  if (!isObject(value)) {
    mistakes.push(`${path || 'config'} is ${show(value)}; it must be an object.`);
    return;
  }
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(group, key)) mistakes.push(unknownKey(join(path, key), key, Object.keys(group)));
  }
  for (const [key, node] of Object.entries(group)) {
    const here = join(path, key);
    const given = value[key];
    if (given === undefined || given === null) {
      if (node.required) mistakes.push(`${here} is missing; it must be ${allowed(node)}.`);
    } else if (node.each) {
      checkEach(given, node, here, mistakes);
    } else if (node.options) {
      checkGroup(given, node.options, here, mistakes);
    } else {
      checkOption(given, node, here, mistakes);
    }
  }
}

function checkEach(value, node, path, mistakes) {
  if (!isObject(value)) {
    mistakes.push(`${path} is ${show(value)}; it must be an object of named handles.`);
    return;
  }
  for (const [name, given] of Object.entries(value)) {
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) {
      mistakes.push(
        `${join(path, name)}: the name may have letters, digits, "-" and "_", at most 64, a letter or digit first.`,
      );
    } else if (RESERVED_NAMES.includes(name)) {
      mistakes.push(`${join(path, name)}: the name is reserved. Reserved are ${RESERVED_NAMES.join(', ')}.`);
    }
    checkGroup(given, node.options, join(path, name), mistakes);
  }
}

function checkOption(value, node, path, mistakes) {
  if (!matches(value, node)) {
    mistakes.push(`${path} is ${shown(value, node)}; it must be ${allowed(node)}.`);
  } else if (node.type === 'query') {
    for (const key of Object.keys(value)) {
      if (!node.keys.includes(key)) mistakes.push(unknownKey(join(path, key), key, node.keys));
    }
  }
}

/** The value as it may be told: what may hold a password is not. */
const shown = (value, { type }) =>
  ['secret', 'token', 'urls'].includes(type) && typeof value !== 'object'
    ? `a ${typeof value}${typeof value === 'string' ? ' that does not fit' : ''}`
    : show(type === 'urls' ? '(a list or object, not shown: it may hold a password)' : value);

const URL_OF_REDIS = /^rediss?:\/\/[^\s/?#]+(\/\d{0,3})?$/;

function matches(value, node) {
  switch (node.type) {
    case 'urls': {
      const urls = Array.isArray(value) ? value : [value];
      return urls.length > 0 && urls.every((url) => typeof url === 'string' && URL_OF_REDIS.test(url));
    }
    case 'secret':
      return typeof value === 'string' && value !== '';
    case 'token':
      // RFC 6750, 2.1: what a bearer token may be made of.
      return typeof value === 'string' && /^[A-Za-z0-9._~+/-]{16,}=*$/.test(value);
    case 'name':
      return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/.test(value);
    case 'number':
      return Number.isInteger(value) && value >= node.min && value <= node.max;
    case 'path':
      return typeof value === 'string' && /^(\/[A-Za-z0-9._~-]+)+$/.test(value);
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');
    case 'query':
      return isObject(value);
    case 'string':
      return typeof value === 'string' && value !== '';
    default:
      return typeof value === node.type;
  }
}

function allowed(node) {
  switch (node.type) {
    case 'urls':
      return 'a URL such as "redis://host:6379/0" or "rediss://user:password@host:6380", or a list of them';
    case 'secret':
      return 'a text that is not empty';
    case 'token':
      return 'a text of at least 16 letters, digits and . _ ~ + / -';
    case 'name':
      return 'a name of letters, digits and _ . : - that begins with a letter or digit, at most 64 long';
    case 'number':
      return `a whole number from ${node.min} to ${node.max}${node.unit ? ` (${node.unit})` : ''}`;
    case 'path':
      return 'a path such as "/pfapi", without a slash at its end';
    case 'strings':
      return 'a list of names';
    case 'query':
      return `an object with ${node.keys.join(', ')}`;
    case 'string':
      return 'a text';
    default:
      return 'true or false';
  }
}

/**
 * Checks the terms that a Refreshable is made with.
 *
 * @param {any} terms
 * @param {import('./resolve').Terms} base the plugin's
 * @param {string} path what they are of, for the message
 */
function checkTerms(terms, base, path) {
  const mistakes = [];
  const { ttl, localTtl, permanent, evict, cacheControl } = options.handles.options;
  checkGroup(terms, { ttl, localTtl, permanent, evict, cacheControl }, '', mistakes);
  if (mistakes.length === 0) checkTermsTogether(terms, base.ttl, base.said, '', mistakes);
  if (mistakes.length > 0) throw new ConfigError(mistakes, path);
}

/** What options say of each other. Runs when each is right by itself. */
function checkTogether(config, mistakes) {
  const ttl = config.ttl ?? options.ttl.default;
  const localTtl = config.local?.ttl ?? Math.min(options.local.options.ttl.default, ttl);
  if (localTtl > ttl) mistakes.push(`local.ttl is ${localTtl}; it must be at most ttl, which is ${ttl} (s).`);
  const local = config.local ?? {};
  const maxBytes = local.maxBytes ?? options.local.options.maxBytes.default;
  if (local.maxEntryBytes > maxBytes) {
    mistakes.push(
      `local.maxEntryBytes is ${local.maxEntryBytes}; it must be at most local.maxBytes, which is ${maxBytes}.`,
    );
  }
  checkServers(config, mistakes);
  checkCacheControl(config.cacheControl, undefined, 'cacheControl', mistakes);
  for (const [name, handle] of Object.entries(config.handles ?? {})) {
    checkTermsTogether(handle, ttl, config.cacheControl, `handles.${name}`, mistakes);
  }
}

/** Heartbeats come back once a second at the best. */
const LEAST_STALE_WITH_REDIS = 2000;

function checkServers(config, mistakes) {
  const limit = config.maxStaleOffline ?? options.maxStaleOffline.default;
  const { enabled = true, pollInterval = options.outbox.options.pollInterval.default } = config.outbox ?? {};
  const url = config.redis?.url ?? null;
  const scale = Array.isArray(url) ? url : [url ?? ''];
  if (enabled && limit < 2 * pollInterval) {
    mistakes.push(
      `maxStaleOffline is ${limit}; it must be at least twice outbox.pollInterval, which is ${pollInterval} (ms).`,
    );
  }
  if (url !== null && !enabled) {
    mistakes.push(
      'outbox.enabled is false beside redis.url; several servers need the outbox, so leave one of them out.',
    );
  }
  if (url !== null && limit < LEAST_STALE_WITH_REDIS) {
    mistakes.push(
      `maxStaleOffline is ${limit}; with redis it must be at least ${LEAST_STALE_WITH_REDIS} (ms).`,
    );
  }
  for (const key of ['cluster', 'username', 'password']) {
    if (url === null && config.redis?.[key] != null)
      mistakes.push(`redis.${key} is set; it needs redis.url.`);
  }
  if (config.redis?.tls && url !== null && !scale.every((one) => one.startsWith('rediss:'))) {
    mistakes.push('redis.tls is set; it needs every redis.url to begin with rediss://.');
  }
  if (Array.isArray(url) && url.length > 1 && config.redis?.cluster === false) {
    mistakes.push(`redis.cluster is false; with ${url.length} URLs it must be true.`);
  }
}

function checkTermsTogether(terms, baseTtl, baseCacheControl, path, mistakes) {
  const ttl = terms.ttl ?? baseTtl;
  if (terms.localTtl > ttl) {
    mistakes.push(
      `${join(path, 'localTtl')} is ${terms.localTtl}; it must be at most its ttl, which is ${ttl} (s).`,
    );
  }
  if (terms.permanent && terms.evict === false) {
    mistakes.push(
      `${join(path, 'evict')} is false beside permanent: true; nothing would ever end the answer, so set one of them.`,
    );
  }
  checkCacheControl(terms.cacheControl, baseCacheControl, join(path, 'cacheControl'), mistakes);
}

function checkCacheControl(control, base, path, mistakes) {
  if (!control) return;
  const merged = { ...base, ...control };
  if (control?.sMaxAge != null && !merged.public) {
    mistakes.push(`${join(path, 'sMaxAge')} is ${control.sMaxAge}; it needs public: true beside it.`);
  }
  if (merged.mustRevalidate === true && merged.staleWhileRevalidate != null) {
    mistakes.push(
      `${join(path, 'mustRevalidate')} is true; it overrules staleWhileRevalidate (${merged.staleWhileRevalidate}), so set one of them.`,
    );
  }
}

function unknownKey(path, key, known) {
  const nearest = nearestOf(key, known);
  const hint = nearest ? ` Did you mean "${nearest}"?` : '';
  return `${path} is not an option.${hint} Allowed are ${known.join(', ')}.`;
}

/** The known word nearest to a mistyped one, if it is near enough to be meant. */
function nearestOf(word, known) {
  const byDistance = known.map((name) => [distance(word.toLowerCase(), name.toLowerCase()), name]);
  const [best] = byDistance.sort(([a], [b]) => a - b);
  return best && best[0] <= Math.max(2, Math.floor(word.length / 3)) ? best[1] : null;
}

function show(value) {
  const text = typeof value === 'function' ? 'a function' : asText(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** As JSON where JSON says what it is. */
function asText(value) {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return inspect(value, { breakLength: Infinity });
  }
}

const join = (path, key) => (path ? `${path}.${key}` : key);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

module.exports = { checkConfig, checkTerms, ConfigError, nearestOf, show };
