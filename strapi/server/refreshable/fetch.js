'use strict';

const { FetchScope, currentScope } = require('../reads/scope');
const { describe } = require('../http/errors');
const { hasDocuments } = require('../schema/identity');

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Runs one fetch and gives the addon what it needs: bytes, their type, and what was read. A failure is a result too: it
 * goes to everyone who waits for this fetch, so it is described and not thrown.
 */
async function fetchFor(plugin, refreshable, spelling, audience) {
  const scope = new FetchScope();
  // A Refreshable may ask another: what that one reads, this one's answer depends on.
  const outer = currentScope();
  try {
    const params = JSON.parse(spelling);
    const { data, ttl, contentType } = await scope.run(() =>
      getData(plugin.strapi, refreshable, params, audience, scope),
    );
    outer?.absorb(scope, ttl);
    const seconds = Math.min(ttl ?? Infinity, scope.ttl);
    const milliseconds = seconds === Infinity ? undefined : seconds * 1000;
    return {
      ...payloadOf(refreshable, data, contentType),
      observed: JSON.stringify(scope),
      ttl: milliseconds,
    };
  } catch (error) {
    // Whoever catches this and answers something else made that of what was read here.
    outer?.absorb(scope, undefined);
    const described = describe(error);
    if (described.internal) {
      plugin.log.error(
        'PFAPI_FETCH_FAILED',
        `the Refreshable "${refreshable.label ?? refreshable.name}" failed: ${described.internal}`,
      );
    }
    // What was really thrown is for callers in this process; over HTTP it is not sent.
    const { internal, ...seen } = described;
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    const failure = { ...seen, thrown: { name, message } };
    return {
      body: '',
      contentType: JSON_TYPE,
      observed: JSON.stringify(scope),
      failure: JSON.stringify(failure),
    };
  }
}

async function getData(strapi, refreshable, params, audience, scope) {
  const result = await refreshable.getData(params, { audience });
  if (typeof result !== 'object' || result === null || !('data' in result)) {
    throw new Error('getData must return an object with data: { data, dependencies?, contentType?, ttl? }.');
  }
  const { dependencies, ttl } = result;
  if (ttl !== undefined && !(Number.isFinite(ttl) && ttl > 0)) {
    throw new Error(`getData returned ttl ${ttl}; it must be a positive number of seconds.`);
  }
  if (dependencies !== undefined) scope.declare(checked(strapi, dependencies));
  return result;
}

/** Declared dependencies, made sure of: one that cannot be matched would leave the answer stale for ever. */
function checked(strapi, dependencies) {
  const right = ({ uid, id } = /** @type {any} */ ({})) =>
    typeof uid === 'string' &&
    uid !== '' &&
    (id === undefined || typeof id === 'string' || typeof id === 'number');
  if (!Array.isArray(dependencies) || !dependencies.every(right)) {
    throw new Error(
      'getData must return dependencies as a list of { uid, id? }: a content type and a document id.',
    );
  }
  return dependencies.map(({ uid, id }) => {
    const schema = strapi.getModel(uid);
    if (!schema)
      throw new Error(`getData returned a dependency on "${uid}", which is not a content type or component.`);
    // A row id is not what a document is known by: then anything of the type counts.
    const named = !hasDocuments(schema) || (typeof id === 'string' && !/^[0-9]+$/.test(id));
    return named ? { uid, id } : { uid };
  });
}

/** Bytes as they are, everything else as JSON. */
function payloadOf(refreshable, data, contentType) {
  if (Buffer.isBuffer(data) || (typeof data === 'string' && contentType !== undefined)) {
    return { body: data, contentType: contentType ?? 'application/octet-stream' };
  }
  const text = JSON.stringify(data);
  if (text === undefined)
    throw new Error(`the Refreshable "${refreshable.name}" returned data that JSON cannot hold.`);
  return { body: text, contentType: contentType ?? JSON_TYPE };
}

module.exports = { fetchFor };
