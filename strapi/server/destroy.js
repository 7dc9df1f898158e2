'use strict';

const { pluginOf } = require('./plugin');

/** Strapi is going: nothing of this instance may be served to a later one of the same name. */
module.exports = ({ strapi }) => {
  pluginOf(strapi).cache?.clear();
};
