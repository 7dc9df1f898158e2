'use strict';

const path = require('path');

module.exports = ({ env }) => ({
  'users-permissions': {
    config: { jwtSecret: env('JWT_SECRET', 'example-only-jwt-secret') },
  },
  pfapi: {
    enabled: env.bool('PFAPI_ENABLED', true),
    // Only because this example lives inside the plugin's own repository. A project that has run
    // `npm install strapi-plugin-pfapi` leaves this line out. The path is absolute because Strapi tries a
    // relative one first from inside its own loader, where `../..` is a folder of @strapi/core.
    resolve: path.resolve(__dirname, '../../..'),
    config: {
      // With REDIS_URL set, several of these run side by side: see docs/servers.md.
      redis: { url: env('REDIS_URL', null) },
      handles: {
        // GET /pfapi/find-many/big-cities, /pfapi/find-one/big-cities/tokyo-jp, /pfapi/get-count/big-cities
        'big-cities': {
          uid: 'api::city.city',
          idField: 'slug',
          params: {
            fields: ['name', 'slug', 'countryCode', 'population', 'latitude', 'longitude'],
            filters: { population: { $gte: 1000000 } },
            sort: ['population:desc'],
            pagination: { pageSize: 25 },
          },
        },
      },
    },
  },
});
