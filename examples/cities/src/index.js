'use strict';

const { allowPublicReads } = require('./public-role');
const { seedCities } = require('./seed');

module.exports = {
  async bootstrap({ strapi }) {
    await allowPublicReads(strapi);
    await seedCities(strapi);
  },
};
