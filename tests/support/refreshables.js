'use strict';

const { Refreshable } = require('../..');

/**
 * Defines Refreshables that count their calls, in the app that `appOf` gives.
 *
 * @returns `define(getData, options)`; `getData` gets the params and the number of the call, `asked` lists the params
 */
exports.createDefine = (appOf) => {
  let names = 0;
  return (getData, { reduce, ...options } = {}) => {
    const asked = [];
    class Own extends Refreshable {
      reduce(params) {
        return reduce ? reduce(params) : super.reduce(params);
      }

      async getData(params) {
        asked.push(params);
        return getData(params, asked.length);
      }
    }
    names += 1;
    const cache = appOf().strapi.plugin('pfapi').service('cache');
    const defined = cache.define(new Own({ name: `own-${names}`, ...options }));
    return { get: defined.get, asked };
  };
};
