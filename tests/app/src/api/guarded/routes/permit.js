'use strict';

const { factories } = require('@strapi/strapi');

// The list needs a permission of another name, and one document goes through a middleware.
module.exports = factories.createCoreRouter('api::guarded.permit', {
  only: ['find', 'findOne'],
  config: {
    find: { auth: { scope: ['api::guarded.permit.inspect'] } },
    findOne: { middlewares: ['api::guarded.stamp'] },
  },
});
