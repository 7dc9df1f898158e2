'use strict';

const { identify } = require('../schema/identity');
const { targetOf } = require('../schema/relations');

/**
 * Records every document and component in the raw result of a read, however deep: what is there is shown, or decided
 * what is shown. Raw and not sanitized, so it holds at least what the answer will.
 */
function observeResult(scope, schemaOf, uid, result) {
  if (Array.isArray(result)) {
    for (const row of result) observeRow(scope, schemaOf, uid, row);
  } else {
    observeRow(scope, schemaOf, uid, result);
  }
}

function observeRow(scope, schemaOf, uid, row) {
  if (typeof row !== 'object' || row === null) return;
  const schema = schemaOf(uid);
  const id = identify(schema, uid, row);
  if (id === undefined) scope.any(uid);
  else scope.document(uid, id);
  if (!schema) return;
  for (const name of Object.keys(row)) {
    const value = row[name];
    const attribute = schema.attributes[name];
    if (!attribute || typeof value !== 'object' || value === null) continue;
    const target = targetOf(attribute);
    if (target === undefined) continue;
    for (const inner of Array.isArray(value) ? value : [value]) {
      // A dynamic zone's rows name their component, a polymorphic relation's their type.
      const innerUid = target === '*' ? (inner?.__component ?? inner?.__type) : target;
      if (innerUid) observeRow(scope, schemaOf, innerUid, inner);
      else scope.edge('*');
    }
  }
}

module.exports = { observeResult };
