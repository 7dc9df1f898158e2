'use strict';

/**
 * The statistics in Prometheus' text format, version 0.0.4.
 *
 * One line per metric: name, type, help, and where it is in `stats()`. A function gives the samples of a metric with
 * labels, as `[labels, value]`.
 *
 * @type {[string, 'counter' | 'gauge', string, (stats: any) => any][]}
 */
const METRICS = [
  [
    'hits_total',
    'counter',
    'Requests answered without a fetch, by tier.',
    (s) => [
      [{ tier: 'local' }, s.hits],
      [{ tier: 'redis' }, s.shared.answers],
    ],
  ],
  ['not_modified_total', 'counter', 'Answers of status 304.', (s) => s.notModified],
  [
    'misses_total',
    'counter',
    'Look-ups in memory that found nothing to serve.',
    by('reason', (s) => s.misses),
  ],
  ['joined_total', 'counter', 'Misses answered by a fetch of another request.', (s) => s.joined],
  ['stored_total', 'counter', 'Fetched answers that were stored.', (s) => s.stored],
  ['refusals_total', 'counter', 'Fetched answers that were not stored.', by('reason', (s) => s.refusals)],
  ['evictions_total', 'counter', 'Answers that left memory.', by('cause', (s) => s.evictions)],
  ['failures_total', 'counter', 'Fetches that gave no answer.', (s) => s.failures],
  ['refreshes_total', 'counter', 'Fetches begun to update a permanent answer.', (s) => s.refreshes],
  ['entries', 'gauge', 'Answers in memory.', (s) => s.entries],
  [
    'bytes',
    'gauge',
    'Bytes charged to memory.',
    (s) => [
      [{ kind: 'local' }, s.bytes],
      [{ kind: 'permanent' }, s.permanentBytes],
      [{ kind: 'mirror' }, s.log.mirrorBytes],
    ],
  ],
  ['dependencies', 'gauge', 'Distinct dependencies in the index.', (s) => s.dependencies],
  ['flights', 'gauge', 'Fetches that run now.', (s) => s.flights],
  [
    'shared_lookups_total',
    'counter',
    'Look-ups in Redis, by what they found.',
    (s) => [
      [{ result: 'hit' }, s.shared.hits],
      [{ result: 'absent' }, s.shared.absent],
      [{ result: 'fault' }, s.shared.faults],
      ...labelled('result', s.shared.refused),
    ],
  ],
  [
    'shared_awaited_total',
    'counter',
    'Look-ups in Redis that waited for the fetch of another server.',
    (s) => s.shared.awaited,
  ],
  ['shared_written_total', 'counter', 'Answers written to Redis.', (s) => s.shared.written],
  [
    'shared_not_written_total',
    'counter',
    'Fetched answers that were not written to Redis.',
    (s) => [...labelled('reason', s.shared.notWritten), [{ reason: 'crowded' }, s.shared.crowded]],
  ],
  ['online', 'gauge', '1 while answers from memory are served.', (s) => Number(s.log.online)],
  [
    'proof_age_seconds',
    'gauge',
    'Since the newest sign that no change of another server was missed.',
    (s) => seconds(s.log.proofAgeMs),
  ],
  [
    'offline_seconds_total',
    'counter',
    'Time in which nothing from memory was served.',
    (s) => seconds(s.log.offlineMs),
  ],
  [
    'log_lag_seconds',
    'gauge',
    'What the newest heartbeat took through the log.',
    (s) => seconds(s.log.lagMs),
  ],
  ['log_followed_total', 'counter', 'Entries of the log that were followed.', (s) => s.log.followed],
  [
    'log_position_milliseconds',
    'gauge',
    'The newest position followed, on the clock of Redis.',
    (s) => position(s.log.position),
  ],
  ['log_gaps_total', 'counter', 'Times that entries of the log were missing.', (s) => s.log.gaps],
  [
    'log_entered_total',
    'counter',
    'Times that the log was taken up anew, with nothing kept in memory.',
    (s) => s.log.entered,
  ],
  ['epochs_total', 'counter', 'Epochs begun by this server.', by('reason', (s) => s.log.epochs)],
  [
    'published_total',
    'counter',
    'Attempts to publish a change.',
    (s) => [
      [{ result: 'published' }, s.log.published],
      [{ result: 'failed' }, s.log.publishFailed],
      [{ result: 'crowded' }, s.log.publishCrowded],
    ],
  ],
  ['pending_changes', 'gauge', 'Changes that the log has not been seen to have.', (s) => s.log.pending],
  [
    'outbox_polls_total',
    'counter',
    'Polls of the outbox.',
    (s) => [
      [{ result: 'ok' }, s.log.polls],
      [{ result: 'failed' }, s.log.pollsFailed],
    ],
  ],
  ['outbox_rows', 'gauge', 'Rows in the outbox.', (s) => s.log.outboxDepth],
  [
    'outbox_found_total',
    'counter',
    'Changes found in the outbox before the log told of them.',
    (s) => s.log.found,
  ],
  ['outbox_orphans_total', 'counter', 'Intents settled for writers that were gone.', (s) => s.log.orphans],
  [
    'outbox_failures_total',
    'counter',
    'Rows that could not be written to the outbox.',
    (s) => s.outbox && s.outbox.insertFailures + s.outbox.intentFailures,
  ],
  [
    'redis_breaker_open',
    'gauge',
    '1 while nothing is asked of Redis.',
    (s) => s.log.breaker && Number(s.log.breaker === 'open'),
  ],
  ['redis_total', 'counter', 'Round trips to Redis and their faults.', by('kind', (s) => s.log.redis)],
];

/** @returns {(stats: any) => any} */
function by(label, pick) {
  return (stats) => labelled(label, pick(stats));
}

const labelled = (label, counts) =>
  Object.entries(counts ?? {}).map(([name, value]) => [{ [label]: name }, value]);

const seconds = (milliseconds) => (milliseconds === null ? null : milliseconds / 1000);

const position = (text) => (text === null ? null : Number(text.split('-')[0]));

/** @param {any} stats what `stats()` gives while the cache is in use; else only whether it is */
function prometheusText(stats) {
  const lines = metric('caching', 'gauge', '1 while the cache is in use.', Number(stats.state === 'caching'));
  if (stats.state !== 'caching') return `${lines.join('\n')}\n`;
  for (const [name, type, help, pick] of METRICS) lines.push(...metric(name, type, help, pick(stats)));
  return `${lines.join('\n')}\n`;
}

function metric(name, type, help, value) {
  const samples = Array.isArray(value) ? value : [[{}, value]];
  const known = samples.filter(([, number]) => typeof number === 'number');
  if (known.length === 0) return [];
  const full = `pfapi_${name}`;
  return [
    `# HELP ${full} ${help}`,
    `# TYPE ${full} ${type}`,
    ...known.map(([labels, number]) => `${full}${inBraces(labels)} ${number}`),
  ];
}

/** Label values are words of our own: nothing in them has to be escaped. */
function inBraces(labels) {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

module.exports = { prometheusText };
