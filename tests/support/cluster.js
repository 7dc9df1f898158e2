'use strict';

// Several Strapi servers on one database, as behind a load balancer.
const { CONTENT_READS } = require('./content');
const { createDatabaseEnv } = require('./databases');
const { createRunDirectory } = require('./guarded');
const { startPostgres } = require('./postgres');
const { startServer } = require('./servers');

/** What anyone may do, if a test says nothing else: read everything, and write places. */
const PUBLIC = [
  ...CONTENT_READS,
  'api::place.place.create',
  'api::place.place.update',
  'api::place.place.delete',
];

const grantPublic = (server, actions) =>
  server.run(async ({ strapi, require }, granted) => {
    await require('./access').createAccess(strapi).grantPublic(granted);
  }, actions);

/** Scripts run without Jest's global setup, which starts PostgreSQL otherwise. */
const ensurePostgres = async (client) => {
  if (client !== 'postgres' || process.env.PFAPI_TEST_POSTGRES) return () => {};
  const { stop, host, port, user, password } = await startPostgres();
  process.env.PFAPI_TEST_POSTGRES = JSON.stringify({ host, port, user, password });
  return () => {
    delete process.env.PFAPI_TEST_POSTGRES;
    return stop();
  };
};

/**
 * servers: how many
 * plugin, env: as for startServer(), or a function of the server's index
 * grant: the permissions of the public role
 */
exports.startCluster = async ({
  client = 'postgres',
  servers: count = 2,
  plugin = true,
  env = {},
  grant = PUBLIC,
} = {}) => {
  const stopPostgres = await ensurePostgres(client);
  const servers = [];
  const of = (option, index) => (typeof option === 'function' ? option(index) : option);
  let database;

  const boot = (index) =>
    startServer({
      name: `server ${index + 1}`,
      databaseEnv: database,
      plugin: of(plugin, index),
      env: of(env, index),
    });

  const close = async () => {
    const closed = await Promise.allSettled(servers.map((server) => server.close()));
    await stopPostgres();
    const failed = closed.find(({ status }) => status === 'rejected');
    if (failed) throw failed.reason;
  };

  try {
    database = await createDatabaseEnv(client, createRunDirectory('pfapi-cluster-'));
    // Alone, because it makes the schema and Strapi's own rows.
    servers.push(await boot(0));
    await grantPublic(servers[0], grant);
    const others = Array.from({ length: count - 1 }, (_, i) => boot(i + 1));
    const started = await Promise.allSettled(others);
    servers.push(...started.flatMap(({ value }) => value ?? []));
    const failed = started.find(({ status }) => status === 'rejected');
    if (failed) throw failed.reason;
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
  return { servers, database, close };
};
