// Plain lines only: no spinner, no colour, so that a terminal and a log file show the same.

const started = Date.now();

export function say(line = '') {
  process.stdout.write(`${line}\n`);
}

export const note = (line) => say(`      ${line}`);

export function createSteps(total) {
  let current = 0;
  return (title) => {
    current += 1;
    const elapsed = `${((Date.now() - started) / 1000).toFixed(1)} s`;
    say(`\n[${current}/${total}] ${title}  (${elapsed})`);
  };
}

// Says that something long is still going on whenever it has been silent for a while.
export function whileWaiting(describe, everyMs = 10_000) {
  const since = Date.now();
  let spoke = since;
  const timer = setInterval(() => {
    if (Date.now() - spoke < everyMs) return;
    spoke = Date.now();
    note(`... ${Math.round((spoke - since) / 1000)} s, ${describe()}`);
  }, 1000);
  return {
    spoke: () => (spoke = Date.now()),
    stop: () => clearInterval(timer),
  };
}
