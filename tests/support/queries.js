'use strict';

// Transaction control says nothing about work done: even a read of the Document Service opens a transaction.
const CONTROL = /^\s*(begin|start transaction|commit|rollback|savepoint|release|set transaction)\b/i;

/** Runs `fn` and counts the statements any code sent to the database meanwhile. */
exports.countQueries = async (strapi, fn) => {
  const queries = [];
  const record = ({ sql }) => {
    if (!CONTROL.test(sql)) queries.push(sql);
  };
  strapi.db.connection.on('query', record);
  try {
    const result = await fn();
    return { result, count: queries.length, queries };
  } finally {
    strapi.db.connection.removeListener('query', record);
  }
};
