'use strict';

const { watchForeignCode } = require('../foreign/watch');
const { checkConfig } = require('./check');

module.exports = {
  /**
   * The defaults are applied by resolve.js and not given to Strapi: its deep merge combines arrays by index. But Strapi
   * asks for them before any plugin registers anything, which is the moment to begin watching.
   */
  default() {
    watchForeignCode(globalThis.strapi);
    return {};
  },
  validator: checkConfig,
};
