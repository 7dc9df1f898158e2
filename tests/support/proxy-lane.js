'use strict';

// One direction of one connection through the proxy: what comes waits in line until the weather lets it pass.

/** More than this is left in the sender's hands, as a network would. */
const MOST_BYTES = 1 << 20;

exports.createLane = (source, target, weather, onPass) => {
  const line = [];
  let bytes = 0;
  let timer;

  const pass = ({ chunk }) => {
    if (!chunk) return target.end();
    bytes -= chunk.length;
    onPass(chunk);
    if (!target.destroyed) target.write(chunk);
    return undefined;
  };

  const pump = () => {
    clearTimeout(timer);
    while (!weather.held && line.length > 0) {
      // Reckoned anew each time, so that `restore` lets go what waits. Never overtaking: the line is in order.
      const wait = line[0].at + weather.delay - performance.now();
      if (wait > 0) {
        timer = setTimeout(pump, wait);
        return;
      }
      pass(line.shift());
    }
    if (bytes < MOST_BYTES && source.isPaused()) source.resume();
  };

  const join = (chunk) => {
    line.push({ chunk, at: performance.now() });
    bytes += chunk?.length ?? 0;
    if (bytes >= MOST_BYTES) source.pause();
    pump();
  };

  source.on('data', join);
  source.on('end', () => join());
  source.on('close', () => source.readableEnded || clearTimeout(timer));
  return { pump };
};
