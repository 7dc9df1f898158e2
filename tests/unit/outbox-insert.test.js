'use strict';

const { createAnnounce } = require('../../strapi/server/outbox/announce');

const ID = 'a'.repeat(32);
const RECORD = '{"v":1,"said":"it\'s \\"?\\" ü"}';

const failure = (fields) => Object.assign(new Error('no'), fields);

/** A transaction of knex as far as it is used. `answers` say how each statement ends. */
const setUp = (client, ...answers) => {
  const failed = [];
  const statements = [];
  const answer = async (statement) => {
    statements.push(statement);
    const error = answers.shift();
    if (error) throw error;
  };
  const connection = { inTransaction: true };
  const trx = { client: { acquireConnection: async () => connection, query: (_, sql) => answer(sql) } };
  const into = () => ({ insert: answer });
  const tables = { client, outbox: '"public"."pfapi_outbox"', state: '', into };
  const announce = createAnnounce(tables, { server: 'here', failed: (error) => failed.push(error) });
  return { announce: (id = ID) => announce(trx, id, RECORD), failed, statements, connection };
};

test.each(['sqlite', 'mysql'])('%s takes one statement', async (client) => {
  const { announce, statements } = setUp(client);
  expect(await announce()).toBe(true);
  expect(statements).toEqual([{ id: ID, intent: false, record: RECORD, server: 'here' }]);
});

test('PostgreSQL takes one message, in which nothing has to be escaped', async () => {
  const { announce, statements } = setUp('postgres');
  expect(await announce()).toBe(true);
  const [sql] = statements;
  expect(statements).toHaveLength(1);
  expect(sql).toMatch(
    /^SAVEPOINT pfapi_outbox; SELECT set_config\(.*\), set_config\('lock_timeout', '1s', true\); INSERT INTO "public"."pfapi_outbox" .* RETURNING set_config\('lock_timeout', .*\); RELEASE SAVEPOINT pfapi_outbox$/,
  );
  const texts = [...sql.matchAll(/decode\('([A-Za-z0-9+/=]*)', 'base64'\)/g)].map(([, text]) => text);
  expect(texts.map((text) => Buffer.from(text, 'base64').toString())).toEqual([RECORD, 'here']);
});

test('a failure on PostgreSQL goes back to the savepoint, and the transaction goes on', async () => {
  const { announce, failed, statements } = setUp('postgres', failure({ code: '42P01' }));
  expect(await announce()).toBe(false);
  expect(failed).toHaveLength(1);
  expect(statements[1]).toBe('ROLLBACK TO SAVEPOINT pfapi_outbox; RELEASE SAVEPOINT pfapi_outbox');
});

test('a transaction that the user has broken has nothing to announce', async () => {
  const { announce, failed, statements } = setUp('postgres', failure({ code: '25P02' }));
  expect(await announce()).toBe(true);
  expect(failed).toEqual([]);
  expect(statements).toHaveLength(1);
});

test('what is no change id never gets into a statement', async () => {
  const { announce, failed, statements } = setUp('postgres');
  expect(await announce("'); drop table places; --")).toBe(false);
  expect(failed).toHaveLength(1);
  expect(statements).toEqual([]);
});

// A COMMIT would succeed, and the user's changes would be lost without a word.
test.each([
  ['postgres', [failure({ code: '42P01' }), failure({})], true],
  ['mysql', [failure({ errno: 1213 })], true],
  ['mysql', [failure({ errno: 1205 })], true],
  ['mysql', [failure({ fatal: true })], true],
  ['mysql', [failure({ errno: 1146 })], false],
  ['sqlite', [failure({ code: 'SQLITE_FULL' })], true],
])('whether a failure has ended the transaction: %s %#', async (client, answers, gone) => {
  const { announce, connection } = setUp(client, ...answers);
  connection.inTransaction = client !== 'sqlite';
  if (gone) await expect(announce()).rejects.toThrow('no');
  else expect(await announce()).toBe(false);
});

test.each([
  [0, false],
  [1, true],
])('a lock that was not had in time, innodb_rollback_on_timeout = %i', async (setting, gone) => {
  const asked = [];
  const connection = {};
  const query = async (_, sql) => {
    asked.push(sql);
    return { response: [[{ setting }]] };
  };
  const trx = { client: { acquireConnection: async () => connection, query } };
  const insert = async () => {
    throw failure({ errno: 1205 });
  };
  const tables = { client: 'mysql', outbox: '', state: '', into: () => ({ insert }) };
  const announce = createAnnounce(tables, { server: 'here', failed() {} });
  for (let times = 0; times < 2; times += 1) {
    if (gone) await expect(announce(trx, ID, RECORD)).rejects.toThrow('no');
    else expect(await announce(trx, ID, RECORD)).toBe(false);
  }
  // It cannot change while the server runs.
  expect(asked).toEqual(['SELECT @@innodb_rollback_on_timeout']);
});
