'use strict';

const round = (ms) => (ms === null || ms === undefined ? '-' : String(Math.round(ms)));

const COLUMNS = {
  phase: ({ name }) => name,
  seconds: ({ ms }) => (ms / 1000).toFixed(1),
  reads: ({ reads }) => String(reads),
  hits: ({ reads, hits }) => (reads ? `${((100 * hits) / reads).toFixed(1)} %` : '-'),
  writes: ({ acknowledged }) => String(acknowledged),
  unknown: ({ unknown }) => String(unknown),
  failed: ({ failed, excused }) => (excused ? `${failed} (+${excused} expected)` : String(failed)),
  violations: ({ violations }) => String(violations),
  'worst own': ({ worstOwn }) => round(worstOwn),
  'worst others': ({ worstOthers }) => round(worstOthers),
  'lag median': ({ lag }) => round(lag.median),
  'lag p99': ({ lag }) => round(lag.p99),
};

/** A report of a checker as aligned text; times in ms where nothing else is said. */
exports.formatReport = (report) => {
  const rows = [...report.phases, { ...report, name: 'all' }];
  const lines = [Object.keys(COLUMNS), ...rows.map((row) => Object.values(COLUMNS).map((cell) => cell(row)))];
  const widths = Object.keys(COLUMNS).map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const pad = (cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]));
  const heals = report.heals.map(({ phase, ms }) => `healed in ${round(ms)} ms (${phase})`);
  return [...lines.map((line) => line.map(pad).join('  ')), ...heals].join('\n');
};
