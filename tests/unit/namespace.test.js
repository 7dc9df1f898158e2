'use strict';

const os = require('node:os');
const { namespaceOf } = require('../../strapi/server/engine/identity');

const config = { redis: { namespace: 'pfapi' } };
const ID = { databaseId: 'the same', serverIdentity: null };

const nameOf = (client, connection, outbox = ID) =>
  namespaceOf(
    { db: { dialect: { client }, config: { connection: { client, connection } } } },
    config,
    outbox,
  );

/** Whether two machines with these settings take each other for servers of one database. */
const sameElsewhere = (...args) => {
  const here = nameOf(...args);
  const [client, connection, outbox = ID] = args;
  let name;
  jest.isolateModules(() => {
    jest.doMock('node:os', () => ({ ...os, hostname: () => 'elsewhere' }));
    const { namespaceOf: other } = require('../../strapi/server/engine/identity');
    const strapi = { db: { dialect: { client }, config: { connection: { client, connection } } } };
    name = other(strapi, config, outbox);
  });
  return here === name;
};

const KNOWN = { ...ID, serverIdentity: '7' };

test.each([
  [false, 'sqlite', { filename: '/data/data.db' }],
  [false, 'postgres', { host: '/var/run/postgresql' }],
  [false, 'postgres', { database: 'strapi' }],
  [false, 'mysql', { socketPath: '/run/mysqld.sock' }],
  [true, 'postgres', { host: 'db', port: 5432 }],
  [true, 'postgres', { connectionString: 'postgres://u:p@db/strapi' }],
  [false, 'postgres', { connectionString: 'postgres:///strapi?host=/run/pg' }],
  [true, 'postgres', () => ({})],
  [true, 'postgres', { host: '/cloudsql/db' }, KNOWN],
])('two machines share the database: %s (%s, %j)', (same, ...args) => {
  expect(sameElsewhere(...args)).toBe(same);
});

test('a server that says another name is another one', () => {
  const of = (serverIdentity) => nameOf('postgres', { host: 'db' }, { ...ID, serverIdentity });
  expect(of('7')).toBe(of('7'));
  expect(of('7')).not.toBe(of('8'));
  expect(of('7')).not.toBe(of(null));
});

test('however a server that says who it is is reached, it is one', () => {
  const of = (host) => nameOf('postgres', { host, database: 'strapi' }, KNOWN);
  expect(of('localhost')).toBe(of('127.0.0.1'));
  expect(nameOf('mysql', { host: 'localhost' })).not.toBe(nameOf('mysql', { host: '127.0.0.1' }));
});
