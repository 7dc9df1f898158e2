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
    mistakes.push(`${path} is ${show(value)}; it must be ${allowed(node)}.`);
  } else if (node.type === 'query') {
    for (const key of Object.keys(value)) {
      if (!node.keys.includes(key)) mistakes.push(unknownKey(join(path, key), key, node.keys));
    }
  }
}

function matches(value, node) {
  switch (node.type) {
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
  checkCacheControl(config.cacheControl, undefined, 'cacheControl', mistakes);
  for (const [name, handle] of Object.entries(config.handles ?? {})) {
    checkTermsTogether(handle, ttl, config.cacheControl, `handles.${name}`, mistakes);
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
