'use strict';

const { sweepNowAndThen } = require('../../strapi/server/outbox/sweep');

const HOUR = 3600;

let plugin;
let connection;
let asked;

beforeEach(() => {
  jest.useFakeTimers();
  asked = [];
  plugin = { cache: null, log: { warnOnce: jest.fn() } };
  connection = {
    async run(steps) {
      const running = steps();
      let step = running.next();
      while (!step.done) {
        asked.push(step.value[0]);
        step = running.next({ rows: [], changed: 0 });
      }
      return step.value;
    },
  };
});

afterEach(() => jest.useRealTimers());

const begin = (longestWrite = 120) =>
  sweepNowAndThen(plugin, connection, { client: 'postgres', outbox: 'o' }, longestWrite);

test('looks now and then, and never keeps the process alive', async () => {
  const unref = jest.fn();
  jest.spyOn(global, 'setInterval').mockImplementationOnce((look) => ({ look, unref }));
  begin();
  expect(unref).toHaveBeenCalled();
  const stop = begin();
  expect(asked).toEqual([]);
  await jest.advanceTimersByTimeAsync(10 * 60_000);
  expect(asked).not.toEqual([]);
  stop();
  expect(jest.getTimerCount()).toBe(0);
});

test('leaves it to the engine as long as there is one', async () => {
  plugin.cache = {};
  begin();
  await jest.advanceTimersByTimeAsync(HOUR * 1000);
  expect(asked).toEqual([]);
  plugin.cache = null;
  await jest.advanceTimersByTimeAsync(HOUR * 1000);
  expect(asked).not.toEqual([]);
});

test.each([
  [120, HOUR],
  [24 * HOUR, 24 * HOUR],
])('where a write may take %i s, %i s are old', async (longestWrite, age) => {
  begin(longestWrite);
  await jest.advanceTimersByTimeAsync(10 * 60_000);
  expect(asked.filter((sql) => sql.includes(`interval '${age} seconds'`))).toHaveLength(2);
});

test('a database that does not answer is said once, and asked again', async () => {
  connection.run = jest.fn(async () => {
    throw new Error('no answer');
  });
  begin();
  await jest.advanceTimersByTimeAsync(20 * 60_000);
  expect(connection.run).toHaveBeenCalledTimes(2);
  expect(plugin.log.warnOnce).toHaveBeenCalledWith(
    'PFAPI_OUTBOX_SWEEP',
    expect.stringContaining('no answer'),
  );
});
