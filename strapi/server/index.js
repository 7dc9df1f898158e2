'use strict';

// The order of a request: handles/ take it, audience/ finds out who asks, engine/ answers from memory or has a
// refreshable/ fetch, reads/ watches what the fetch reads, http/ sends. A write meets only writes/ and engine/.

const register = require('./register');
const bootstrap = require('./bootstrap');
const destroy = require('./destroy');
const config = require('./config');
const cache = require('./services/cache');

module.exports = { register, bootstrap, destroy, config, services: { cache } };
