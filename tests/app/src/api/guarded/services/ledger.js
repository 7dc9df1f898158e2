'use strict';

const { factories } = require('@strapi/strapi');

module.exports = factories.createCoreService('api::guarded.ledger', () => ({
  async find(...args) {
    const { pagination } = await super.find(...args);
    return { results: [], pagination };
  },
}));
