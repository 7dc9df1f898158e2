'use strict';

const { factories } = require('@strapi/strapi');

// The list is open, one document is not.
module.exports = factories.createCoreRouter('api::guarded.safe', {
  config: { findOne: { policies: ['api::guarded.closed'] } },
});
