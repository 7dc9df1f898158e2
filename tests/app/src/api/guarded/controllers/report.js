'use strict';

const { factories } = require('@strapi/strapi');

module.exports = factories.createCoreController('api::guarded.report', () => ({
  async find(ctx) {
    const { meta } = await super.find(ctx);
    return { data: [], meta };
  },
}));
