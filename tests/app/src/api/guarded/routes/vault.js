'use strict';

const { factories } = require('@strapi/strapi');

// The list is closed, one document is not.
module.exports = factories.createCoreRouter('api::guarded.vault', {
  config: { find: { policies: ['api::guarded.closed'] } },
});
