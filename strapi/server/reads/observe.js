'use strict';

const { currentScope, insideRead, outsideRead, scopeOfForeignSql } = require('./scope');
const { observeResult } = require('./result');
const { observeQuestion } = require('./question');

const FILE = 'plugin::upload.file';

/**
 * Watches every read that goes through the entity manager: the Document Service, the Query Engine and entityService
 * all do. Outside of a fetch this costs one look into the async context.
 *
 * The entity manager and not the read lifecycles: those are silent while lifecycles are switched off, and a hook of the
 * user's that throws would hide the read.
 */
function observeReads(plugin) {
  const { db } = plugin.strapi;
  // Content types and components by uid; undefined for Strapi's inner tables.
  const schemaOf = (uid) => plugin.strapi.getModel(uid);
  for (const method of ['findOne', 'findMany', 'count']) {
    const original = db.entityManager[method];
    if (typeof original !== 'function') throw new Error(`This Strapi has no entityManager.${method}.`);
    db.entityManager[method] = async function observed(uid, params) {
      const scope = currentScope();
      if (!scope) return original.call(this, uid, params);
      const result = await insideRead(() => original.call(this, uid, params));
      try {
        observeQuestion(scope, schemaOf, method, uid, params ?? {}, result);
        observeResult(scope, schemaOf, uid, result);
        if (plugin.signsUrls && scope.touches(FILE)) scope.noStore = true;
      } catch (error) {
        scope.noStore = true;
        plugin.log.warnOnce(
          'PFAPI_READ_UNREADABLE',
          `a read of ${uid} could not be followed: ${error.stack}`,
          uid,
        );
      }
      return result;
    };
  }
  const run = db.lifecycles.run;
  if (typeof run !== 'function') throw new Error('This Strapi has no lifecycles.run.');
  db.lifecycles.run = function runOutside(...args) {
    return outsideRead(() => run.apply(this, args));
  };
  db.connection.on('query', ({ sql }) => {
    const scope = scopeOfForeignSql();
    if (scope && !isTransactionControl(sql)) scope.foreignSql = true;
  });
}

/** The statements that the Document Service puts around each of its reads. */
const isTransactionControl = (sql) =>
  typeof sql === 'string' && /^\s*(begin|start transaction|commit|rollback|savepoint|release)\b/i.test(sql);

module.exports = { observeReads };
