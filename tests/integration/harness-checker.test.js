'use strict';

// A checker that cannot find anything proves nothing: here it looks at servers that are wrong on purpose.
const http = require('http');
const { setTimeout: sleep } = require('timers/promises');
const { createChecker } = require('../support/checker');
const { formatReport } = require('../support/checker-table');
const { request } = require('../support/http');

const DOCUMENTS = ['a', 'b', 'c'];
const RUN_MS = 600;

/** Answers what `values` held `lag()` ms ago; writes go to `values` at once. */
const startFake = async (name, { values, history, lag, status = () => 200, instead = {} }) => {
  const shown = (id) => {
    const at = performance.now() - lag();
    return instead[id] ?? history.findLast((write) => write.id === id && write.at <= at)?.value ?? '0';
  };
  const answers = {
    PUT: async (id, incoming) => {
      let text = '';
      for await (const chunk of incoming) text += chunk;
      values[id] = JSON.parse(text).data.name;
      history.push({ id, value: values[id], at: performance.now() });
      return {};
    },
    GET: (id) => {
      const entries = DOCUMENTS.map((documentId) => ({ documentId, name: shown(documentId) }));
      return id === 'places' ? entries : entries.find(({ documentId }) => documentId === id);
    },
  };
  const server = http.createServer(async (incoming, outgoing) => {
    const id = new URL(incoming.url, 'http://fake').pathname.split('/').at(-1);
    const body = await answers[incoming.method](id, incoming);
    outgoing.writeHead(incoming.method === 'GET' ? status() : 200, {
      'x-pfapi-cache': 'hit; reason=local; age=0',
    });
    outgoing.end(JSON.stringify(body));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  return { name, request: (path, options) => request(url, path, options), close: () => server.close() };
};

/** Runs a checker on two of them; the second is as `faults` says. */
const check = async (faults, { bounds, pace, during = () => sleep(RUN_MS) } = {}) => {
  const content = { values: {}, history: [], lag: () => 0 };
  const servers = [await startFake('good', content), await startFake('bad', { ...content, ...faults })];
  const checker = createChecker({
    ...{ servers, documents: DOCUMENTS, bounds },
    pace: { writesPerSecond: 100, readsPerSecond: 400, ...pace },
  });
  try {
    await during(checker, servers);
  } finally {
    await checker.stop();
    for (const server of servers) server.close();
  }
  return checker.stop();
};

test('servers that are right pass', async () => {
  const report = await check({});
  expect(report.records).toEqual({ violations: [], failures: [] });
  expect(report).toMatchObject({ ok: true, worstOwn: 0, worstOthers: 0, backwards: 0, unknown: 0 });
  expect(report.lag.samples).toBeGreaterThan(5);
  expect(report.lag.median).toBeLessThan(50);
});

test('a server that answers what was true 200 ms ago is found, and passes where that is allowed', async () => {
  const slow = { lag: () => 200 };
  const strict = await check(slow);
  expect(strict.ok).toBe(false);
  expect(strict.violations).toBeGreaterThan(10);
  expect(strict.worstOwn).toBeGreaterThan(100);
  expect(strict.worstOwn).toBeLessThan(201);
  expect(strict.worstOthers).toBeGreaterThan(100);
  expect(strict.lag.p99).toBeGreaterThan(150);
  expect(strict.records.violations[0]).toMatchObject({ phase: 'start', server: 'bad', unwritten: false });

  const ownOnly = await check(slow, { bounds: { own: 0, others: 250 } });
  expect(ownOnly.records.violations.every(({ staleOwn }) => staleOwn > 0)).toBe(true);
  expect(ownOnly.ok).toBe(false);
  expect((await check(slow, { bounds: { own: 250, others: 250 } })).ok).toBe(true);
});

test('a fault that ends heals, and what is stale in a phase is counted in that phase', async () => {
  let lag = 0;
  const report = await check(
    { lag: () => lag },
    {
      during: async (checker) => {
        await sleep(RUN_MS);
        checker.phase('fault');
        await sleep(50); // reads under way belong to the phase before
        lag = 10_000;
        await sleep(RUN_MS);
        checker.healed();
        checker.phase('healed');
        await sleep(200);
        expect(checker.healTime()).toBeUndefined();
        lag = 0;
        await sleep(RUN_MS);
      },
    },
  );
  const [before, fault, healed] = report.phases;
  expect(before.violations).toBe(0);
  expect(fault.violations).toBeGreaterThan(10);
  expect(healed.violations).toBeGreaterThan(0);
  expect(report.backwards).toBeGreaterThan(0);
  expect(report.heals[0].ms).toBeGreaterThan(150);
  expect(report.heals[0].ms).toBeLessThan(400);
  expect(formatReport(report)).toMatch(/^phase +seconds +reads/);
});

test('a value that nobody has written is found', async () => {
  const report = await check({ instead: { a: '999' } });
  expect(report.ok).toBe(false);
  expect(report.records.violations[0]).toMatchObject({ unwritten: true, document: 'a', value: 999 });
});

test('failures count, except of servers that are expected to be down', async () => {
  let status = 500;
  const failing = { status: () => status };
  const found = await check(failing);
  expect(found).toMatchObject({ ok: false, violations: 0 });
  expect(found.failed).toBeGreaterThan(5);
  const expected = await check(failing, {
    during: async (checker, [, bad]) => {
      await checker.expectDown(bad, async () => {
        await sleep(RUN_MS);
        status = 200;
      });
      await sleep(200);
    },
  });
  expect(expected).toMatchObject({ ok: true, failed: 0 });
  expect(expected.excused).toBeGreaterThan(5);
});

test('a run without a write does not pass', async () => {
  expect((await check({}, { pace: { writers: 0 } })).ok).toBe(false);
});
