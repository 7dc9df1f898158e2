'use strict';

const CORE_STORE = 'strapi::core-store';

/**
 * What a row is called in the dependency index: its document id, since row ids change with every publication; its row
 * id where the model has no documents; its key for a setting. Undefined when the row does not tell.
 *
 * @param {any} schema the content type or component; undefined for Strapi's inner tables
 */
function identify(schema, uid, row) {
  if (uid === CORE_STORE) return row.key;
  if (hasDocuments(schema)) return row.documentId;
  return row.id ?? undefined;
}

/** Content types have document ids; components and inner tables do not. */
const hasDocuments = (schema) => schema?.modelType === 'contentType';

module.exports = { identify, hasDocuments, CORE_STORE };
