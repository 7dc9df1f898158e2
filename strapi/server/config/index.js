'use strict';

const { checkConfig } = require('./check');

// The defaults are applied by resolve.js and not given to Strapi: its deep merge combines arrays by index.
module.exports = { default: {}, validator: checkConfig };
