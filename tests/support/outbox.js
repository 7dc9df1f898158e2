'use strict';

/** The rows that tell of content, oldest first; those of Strapi's own bookkeeping come and go by themselves. */
exports.contentRows = async (db) => {
  const found = await db.connection('pfapi_outbox').orderBy('seq');
  return found
    .map(({ id, intent, record }) => ({ id, intent: Boolean(intent), changes: JSON.parse(record).changes }))
    .filter(({ changes: [{ uid }] }) => uid.startsWith('api::'));
};
