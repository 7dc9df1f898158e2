'use strict';

// A Redis Cluster for tests: 3 masters with one replica each, formed as `redis-cli --cluster create` would.
const { setTimeout: sleep } = require('timers/promises');
const { startRedis } = require('./redis');

const MASTERS = 3;
const NODES = 6;
const SLOTS = 16_384;
/** Of the cluster bus, above a node's port. */
const BUS_OFFSET = 10_000;
const TIMEOUT_MS = 30_000;

const waitUntil = async (what, condition) => {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Redis Cluster: not within ${TIMEOUT_MS} ms: ${what}`);
    await sleep(20);
  }
};

const fieldOf = (info, name) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];

const isOk = async (node, nodes) => {
  const info = await node.cli('CLUSTER', 'INFO');
  return fieldOf(info, 'cluster_state') === 'ok' && fieldOf(info, 'cluster_known_nodes') === String(nodes);
};

const isSynced = async (node) =>
  fieldOf(await node.cli('INFO', 'replication'), 'master_link_status') === 'up';

const every = async (nodes, condition) => (await Promise.all(nodes.map(condition))).every(Boolean);

const form = async (nodes) => {
  const masters = nodes.slice(0, MASTERS);
  for (const [i, master] of masters.entries()) {
    const from = Math.floor((i * SLOTS) / MASTERS);
    const to = Math.floor(((i + 1) * SLOTS) / MASTERS);
    // ADDSLOTSRANGE came with Redis 7.
    const slots = Array.from({ length: to - from }, (_, offset) => from + offset);
    await master.cli('CLUSTER', 'ADDSLOTS', ...slots);
    await master.cli('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
  }
  // Everybody is told of everybody: gossip would need seconds.
  for (const node of nodes) {
    for (const other of nodes) if (other !== node) await node.cli('CLUSTER', 'MEET', '127.0.0.1', other.port);
  }
  await waitUntil('all nodes agree', () => every(nodes, (node) => isOk(node, NODES)));
  const replicas = nodes.slice(MASTERS);
  for (const [i, replica] of replicas.entries()) {
    await replica.cli('CLUSTER', 'REPLICATE', await masters[i].cli('CLUSTER', 'MYID'));
  }
  await waitUntil('the replicas follow their masters', () => every(replicas, isSynced));
  await waitUntil('all nodes know the replicas', () =>
    every(nodes, async (node) => (await ownersOf(node)).every(({ replicas: known }) => known.length === 1)),
  );
};

/** The ranges of slots with the ports of those who serve them, as one node sees it. */
const ownersOf = async (node) => {
  const rows = await node.cli('CLUSTER', 'SLOTS');
  return rows.map(([from, to, master, ...replicas]) => {
    return { from, to, master: master[1], replicas: replicas.map((replica) => replica[1]) };
  });
};

const ownerOf = async (node, slot) =>
  (await ownersOf(node)).find(({ from, to }) => from <= slot && slot <= to);

/** `nodeTimeout`: after so many ms without an answer a master counts as failed; a failover takes twice that or so. */
exports.startRedisCluster = async ({ nodeTimeout = 1500, args = [] } = {}) => {
  const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', nodeTimeout]
    // A replica counts as there only when it has received something; the default is a ping in 10 s.
    .concat(['--repl-ping-replica-period', 1], args);
  const started = await Promise.allSettled(
    Array.from({ length: NODES }, () => startRedis({ args: options, busOffset: BUS_OFFSET })),
  );
  const nodes = started.flatMap(({ value }) => value ?? []);
  const close = () => Promise.all(nodes.map((node) => node.close()));
  const nodeAt = (port) => nodes.find((node) => node.port === port);
  const living = () => nodes.filter((node) => node.isRunning());
  const masterOf = async (slot) => nodeAt((await ownerOf(living()[0], slot)).master);

  try {
    const failed = started.find(({ status }) => status === 'rejected');
    if (failed) throw failed.reason;
    await form(nodes);
  } catch (error) {
    await close();
    throw error;
  }

  return {
    nodes,
    urls: nodes.map(({ url }) => url),
    /** The slot of a key, which is that of its part in braces if it has one. */
    slotOf: (key) => living()[0].cli('CLUSTER', 'KEYSLOT', key),
    masterOf,
    /**
     * Lets the replica of the master of `slot` take over, and waits until all living nodes agree: after a SIGKILL of
     * the master (`how: 'kill'`), or in good order (`how: 'switch'`).
     */
    async failover({ slot = 0, how = 'kill' } = {}) {
      const from = await masterOf(slot);
      const { replicas } = await ownerOf(from, slot);
      const start = performance.now();
      if (how === 'kill') await from.kill();
      else await nodeAt(replicas[0]).cli('CLUSTER', 'FAILOVER');
      await waitUntil(`slot ${slot} has a new master`, () =>
        every(living(), async (node) => {
          return (await ownerOf(node, slot))?.master !== from.port && (await isOk(node, NODES));
        }),
      );
      return { from, to: await masterOf(slot), ms: performance.now() - start };
    },
    close,
  };
};
