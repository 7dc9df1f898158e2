'use strict';

/**
 * What a promise gives, or what `late` gives if that takes longer. A failure after that is nobody's.
 *
 * @template T
 * @param {number} limit milliseconds
 * @param {Promise<T>} promise
 * @param {() => T | Promise<T>} late
 * @returns {Promise<T>}
 */
function within(limit, promise, late) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(late()), limit);
    timer.unref?.();
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

module.exports = { within };
