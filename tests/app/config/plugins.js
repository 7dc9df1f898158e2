'use strict';

const path = require('path');

// Absolute on purpose: Strapi tries `require.resolve(resolve)` from inside @strapi/core first, where
// '../..' is @strapi/core itself.
const PLUGIN_DIR = path.resolve(__dirname, '../../..');

/** `PFAPI_TEST_CONFIG` holds the plugin's config as JSON; unset means that the plugin is not declared. */
module.exports = ({ env }) => {
  const config = env.json('PFAPI_TEST_CONFIG', null);
  return {
    'users-permissions': {
      config: { jwtSecret: 'pfapi-test-jwt-secret', jwtManagement: env('JWT_MANAGEMENT', 'legacy-support') },
    },
    ...(config && { pfapi: { enabled: true, resolve: PLUGIN_DIR, config } }),
  };
};
