'use strict';

const { startProxy } = require('../support/proxy');
const { startRedis } = require('../support/redis');
const { startRedisCluster } = require('../support/redis-cluster');
const { sendCommand } = require('../support/resp');

const SLOW_MS = 80;

describe('a Redis server', () => {
  let redis;

  beforeAll(async () => {
    redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  });

  afterAll(() => redis?.close());

  test('answers, and keeps what it has over a kill if it is told to', async () => {
    expect(await redis.cli('SET', 'kept', 'yes')).toBe('OK');
    const { pid } = redis;
    await redis.kill();
    await expect(redis.cli('PING')).rejects.toThrow('ECONNREFUSED');
    await redis.restart();
    expect(redis.pid).not.toBe(pid);
    expect(await redis.cli('GET', 'kept')).toBe('yes');
    await redis.restart({ empty: true });
    expect(await redis.cli('GET', 'kept')).toBeNull();
  });

  test('is silent while it is stopped, and goes on', async () => {
    redis.stopProcess();
    await expect(sendCommand(redis.port, ['PING'], { timeout: 200 })).rejects.toThrow('no answer');
    redis.continueProcess();
    expect(await redis.cli('PING')).toBe('PONG');
  });

  test('answers errors as errors', async () => {
    await expect(redis.cli('HGET', 'kept')).rejects.toThrow('wrong number of arguments');
  });
});

test('a Redis server with TLS and one user only', async () => {
  const redis = await startRedis({ tls: true, acl: { user: 'cache', password: 'secret' } });
  try {
    expect(redis.url).toMatch(/^rediss:\/\/cache:secret@127\.0\.0\.1:/);
    expect(await redis.cli('ACL', 'WHOAMI')).toBe('cache');
    await expect(sendCommand(redis.port, ['PING'])).rejects.toThrow(/closed|ECONNRESET/);
  } finally {
    await redis.close();
  }
});

test('a Redis Cluster gets a new master for a slot whose master is killed', async () => {
  const cluster = await startRedisCluster();
  try {
    expect(cluster.urls).toHaveLength(6);
    const slot = Number(await cluster.slotOf('city:{1}'));
    const master = await cluster.masterOf(slot);
    await master.cli('SET', 'city:{1}', 'Oslo');
    expect(await master.cli('WAIT', 1, 2000)).toBe(1);

    const { from, to } = await cluster.failover({ slot });
    expect(from).toBe(master);
    expect(to).not.toBe(master);
    expect(await to.cli('GET', 'city:{1}')).toBe('Oslo');
  } finally {
    await cluster.close();
  }
});

describe('the proxy', () => {
  let redis;
  let proxy;
  const ask = (...args) => sendCommand(proxy.port, args, { timeout: 200 });

  beforeAll(async () => {
    redis = await startRedis();
  });

  beforeEach(async () => {
    proxy = await startProxy({ to: redis.port });
  });

  afterEach(() => proxy.close());
  afterAll(() => redis?.close());

  test('counts commands, whatever their arguments look like', async () => {
    expect(await ask('SET', 'text', '*1\r\n$4\r\nPING\r\n')).toBe('OK');
    expect(await ask('GET', 'text')).toBe('*1\r\n$4\r\nPING\r\n');
    expect(proxy.counters).toMatchObject({ connections: 2, commands: 2, turns: 2 });
    expect(proxy.counters.bytesUp).toBeGreaterThan(0);
    expect(proxy.counters.bytesDown).toBeGreaterThan(0);
  });

  test('cut: nothing goes through until it is restored', async () => {
    proxy.cut();
    await expect(ask('PING')).rejects.toThrow('ECONNREFUSED');
    await proxy.restore();
    expect(await ask('PING')).toBe('PONG');
  });

  test('cut: ends what is under way', async () => {
    const waiting = sendCommand(proxy.port, ['BLPOP', 'nothing', 0]);
    while (proxy.counters.commands === 0) await new Promise((resolve) => setImmediate(resolve));
    proxy.cut();
    await expect(waiting).rejects.toThrow('closed');
  });

  test('hold down: the command is done and nobody hears of it', async () => {
    await redis.cli('DEL', 'count');
    proxy.hold('down');
    await expect(ask('INCR', 'count')).rejects.toThrow('no answer');
    expect(await redis.cli('GET', 'count')).toBe('1');
  });

  test('hold up: the command is done when the network is good again', async () => {
    await redis.cli('DEL', 'count');
    proxy.hold('up');
    const asked = sendCommand(proxy.port, ['INCR', 'count']);
    await expect(ask('PING')).rejects.toThrow('no answer');
    expect(await redis.cli('GET', 'count')).toBeNull();
    await proxy.restore();
    expect(await asked).toBe(1);
  });

  test('delay: each direction takes that much longer', async () => {
    proxy.delay(SLOW_MS);
    const startedAt = performance.now();
    expect(await sendCommand(proxy.port, ['PING'])).toBe('PONG');
    // Timers may fire a millisecond early.
    expect(performance.now() - startedAt).toBeGreaterThan(2 * SLOW_MS - 5);
  });
});
