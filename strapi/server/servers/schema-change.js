'use strict';

const { hashOf, schemaOf } = require('../engine/identity');
const { recordOfEverything } = require('../outbox/record');
const { newId } = require('../writes/change-id');

/**
 * Has every server on this database forget what it has, if the schema is another one than at the last boot. A failure
 * does not fail the boot.
 *
 * @param {import('../plugin').Plugin} plugin
 * @returns {Promise<{ id: string, record: string } | null>} what has been written into the outbox
 */
async function noteSchema(plugin) {
  const { strapi, outbox, log } = plugin;
  if (!outbox) return null;
  const id = newId();
  const record = recordOfEverything('schema');
  try {
    return (await outbox.changeSchema(hashOf(schemaOf(strapi)), id, record)) ? { id, record } : null;
  } catch (error) {
    log.warn('PFAPI_OUTBOX_SCHEMA', `other servers could not be told which schema this is: ${error.message}`);
    return null;
  }
}

module.exports = { noteSchema };
