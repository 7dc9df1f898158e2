'use strict';

// One real Strapi server in a process of its own, told what to do over IPC (see servers.js).
const { createApp, listen } = require('./app');

const describe = (error) => ({
  name: error?.name,
  message: String(error?.message ?? error),
  stack: error?.stack,
});

// However the parent ended. 'disconnect' comes also while Strapi still boots.
process.on('disconnect', () => process.exit(1));

let strapi;

const orders = {
  /** The source of an async function is run here: `fn({ strapi, require }, args)`. */
  run: ({ source, args }) => (0, eval)(`(${source})`)({ strapi, require }, args),
  close: () => strapi.destroy(),
};

const answer = async ({ id, order, ...details }) => {
  try {
    const value = await orders[order](details);
    process.send({ id, value });
  } catch (error) {
    process.send({ id, error: describe(error) });
  }
};

const start = async () => {
  strapi = createApp();
  const url = await listen(strapi, { plugin: Boolean(process.env.PFAPI_TEST_CONFIG) });
  process.on('message', answer);
  process.send({ id: 'started', value: url });
};

start().catch((error) => process.send({ id: 'started', error: describe(error) }, () => process.exit(1)));
