import { availableParallelism, cpus, loadavg } from 'node:os';

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const machine = () => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  load: loadavg()[0],
});

const command = `node ${['benches/hit.mjs', ...process.argv.slice(2)].join(' ')}`;
const say = (line = '') => process.stdout.write(`${line}\n`);

export function printTable(result) {
  const { options, rows, reply, bodyBytes } = result;
  if (options.json) {
    say(JSON.stringify({ command, machine: machine(), bodyBytes, options, rows, reply }, null, 2));
    return;
  }
  const { cpu, cores, node, platform, load } = machine();
  const { rounds, seconds, connections } = options;
  say(`\n${command}`);
  say(`${cpu}, ${cores} cores, Node ${node}, ${platform}, load average at the end ${load.toFixed(1)}`);
  say(
    `body ${bodyBytes} bytes; ${connections} connections, one request at a time on each; ` +
      `median of ${rounds} rounds of ${seconds} s, taken in turn`,
  );
  say();
  for (const line of lines(rows)) say(line);
  say();
  say(
    'CPU: of the server, µs per request. Spread: of req/s over the rounds. Load: of one core, the generator.',
  );
  if (rows.some(({ spread }) => spread > DISTURBED)) {
    say('The rounds differ much: something else used this machine. CPU holds better than req/s then.');
  }
  const limited = rows.filter(({ loadBusy }) => loadBusy > 0.9).map(({ name }) => name);
  if (limited.length > 0) {
    say(`The generator was at its limit: ${limited.join('; ')}. Their req/s are a lower bound; CPU is not.`);
  }
  say();
  say(`cache.reply alone, from JavaScript, same body: ${describe(reply)}`);
}

/** Rounds of a machine that does nothing else differ by less. */
const DISTURBED = 0.25;

const HEAD = [
  '',
  'req/s',
  'spread',
  'median ms',
  'p99 ms',
  'CPU µs',
  'load',
  '× bare',
  '× plain',
  'CPU ÷ plain',
];

function lines(rows) {
  const of = (key) => rows.find((row) => row.key === key);
  const [bare, plain] = [of('bare'), of('plain')];
  const cells = rows.map((row) => [
    row.name,
    Math.round(row.perSecond).toLocaleString('en'),
    `${Math.round(row.spread * 100)} %`,
    row.medianMs.toFixed(2),
    row.p99Ms.toFixed(2),
    row.cpuMicros === null ? '-' : row.cpuMicros.toFixed(0),
    `${Math.round(row.loadBusy * 100)} %`,
    (row.perSecond / bare.perSecond).toFixed(2),
    (row.perSecond / plain.perSecond).toFixed(1),
    row.cpuMicros === null ? '-' : `1/${(plain.cpuMicros / row.cpuMicros).toFixed(1)}`,
  ]);
  const table = [HEAD, ...cells];
  const widths = HEAD.map((_, column) => Math.max(...table.map((line) => line[column].length)));
  const padded = (line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])));
  return table.map((line) => `| ${padded(line).join(' | ')} |`).toSpliced(1, 0, ruleOf(widths));
}

const ruleOf = (widths) =>
  `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;

const describe = (reply) =>
  Object.entries(reply)
    .map(([what, { nanoseconds }]) => `${what} ${nanoseconds.toFixed(0)} ns`)
    .join(', ');
