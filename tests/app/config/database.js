'use strict';

const server = (env) => ({
  host: env('DATABASE_HOST'),
  port: env.int('DATABASE_PORT'),
  user: env('DATABASE_USER'),
  password: env('DATABASE_PASSWORD'),
  database: env('DATABASE_NAME'),
});

const connections = {
  sqlite: (env) => ({
    client: 'sqlite',
    connection: { filename: env('DATABASE_FILENAME') },
    useNullAsDefault: true,
  }),
  postgres: (env) => ({
    client: 'postgres',
    connection: { ...server(env), ssl: false },
    pool: { min: 0, max: env.int('DATABASE_POOL_MAX', 10) },
  }),
  mysql: (env) => ({
    client: 'mysql',
    connection: server(env),
    pool: { min: 0, max: env.int('DATABASE_POOL_MAX', 10) },
  }),
};

module.exports = ({ env }) => ({
  connection: connections[env('DATABASE_CLIENT', 'sqlite')](env),
});
