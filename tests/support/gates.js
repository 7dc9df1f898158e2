'use strict';

// Points at which a test holds running work and lets it go on: races without sleeps.

/** What opens each gate made so far. */
const gates = new Set();

/** Lets everything go on that still waits. */
const openGates = () => {
  for (const open of gates) open();
  gates.clear();
};

/** `await gate.pass()` in the work; the test waits for `gate.reached` and calls `gate.open()`. */
const createGate = () => {
  let open;
  let arrive;
  const opened = new Promise((resolve) => (open = resolve));
  const reached = new Promise((resolve) => (arrive = resolve));
  gates.add(open);
  return {
    reached,
    open,
    pass() {
      arrive();
      return opened;
    },
  };
};

/**
 * Calls `fn` at each lifecycle event `action` of `uid`, after its subscribers, and waits for it; returns the function
 * that ends this. Not a subscriber: one that takes part in reads would keep answers from being shared.
 */
const watchEvents = (strapi, uid, action, fn) => {
  const { lifecycles } = strapi.db;
  const original = lifecycles.run;
  let watching = true;
  lifecycles.run = async function watched(...args) {
    const states = await original.apply(this, args);
    if (watching && args[0] === action && args[1] === uid) await fn();
    return states;
  };
  return () => {
    watching = false;
  };
};

/** Holds the next read of `uid`: after its rows have been read, and before anyone has them. */
const holdRead = (strapi, uid, action) => {
  const gate = createGate();
  const stop = watchEvents(strapi, uid, action, () => {
    stop();
    return gate.pass();
  });
  return gate;
};

const WRITES = /^(insert|update|delete)/i;

/**
 * Holds the next COMMIT of a PostgreSQL connection that has written: `before` it is sent, or `after` the database has
 * done it and before anyone in this process knows.
 */
const holdCommit = (strapi, point) => {
  const { prototype } = strapi.db.connection.client.constructor;
  const original = prototype._query;
  const gate = createGate();
  const writers = new Set();
  prototype._query = async function held(connection, asked) {
    if (WRITES.test(asked.sql)) writers.add(connection);
    const isIt = writers.has(connection) && /^commit/i.test(asked.sql);
    if (!isIt) return original.call(this, connection, asked);
    prototype._query = original;
    if (point === 'before') await gate.pass();
    const result = await original.call(this, connection, asked);
    if (point === 'after') await gate.pass();
    return result;
  };
  return gate;
};

module.exports = { createGate, holdRead, holdCommit, openGates, watchEvents };
