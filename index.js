'use strict';

const { Refreshable } = require('./strapi/server/refreshable/refreshable');

module.exports = { Refreshable };
