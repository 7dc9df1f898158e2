'use strict';

/** Of PostgreSQL: connection exceptions, and a server that is shut down. */
const SQLSTATE = /^(08|57P)/;
const NETWORK = /^(E[A-Z]+|PROTOCOL_[A-Z_]+)$/;
const SAID = /connection|socket|terminated|timed? ?out/i;

/**
 * Whether an error leaves open what became of the statement: the database may carry it out after its writer was told.
 * Everything that the database itself answered is an answer. In doubt it is open.
 */
function isLost(error) {
  if (!error) return false;
  const code = typeof error.code === 'string' ? error.code : '';
  // knex puts the statement and its values before what was said.
  const said = String(error.message).split(' - ').at(-1) ?? '';
  return error.fatal === true || SQLSTATE.test(code) || NETWORK.test(code) || SAID.test(said);
}

module.exports = { isLost };
