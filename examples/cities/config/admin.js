'use strict';

// Off, so that the example starts without a build of the admin panel. See README.md for how to turn it on.
module.exports = ({ env }) => ({
  serveAdminPanel: env.bool('SERVE_ADMIN', false),
  autoOpen: false,
  auth: { secret: env('ADMIN_JWT_SECRET', 'example-only-admin-jwt-secret') },
  apiToken: { salt: env('API_TOKEN_SALT', 'example-only-api-token-salt') },
  transfer: { token: { salt: env('TRANSFER_TOKEN_SALT', 'example-only-transfer-token-salt') } },
  secrets: { encryptionKey: env('ENCRYPTION_KEY', 'example-only-encryption-key-0123') },
  flags: { nps: false, promoteEE: false },
});
