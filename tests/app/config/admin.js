'use strict';

// Fixed secrets: without them Strapi writes generated ones into an .env file.
module.exports = () => ({
  auth: { secret: 'pfapi-test-admin-secret' },
  apiToken: { salt: 'pfapi-test-api-token-salt' },
  transfer: { token: { salt: 'pfapi-test-transfer-token-salt' } },
  secrets: { encryptionKey: 'pfapi-test-encryption-key' },
  serveAdminPanel: false,
  autoOpen: false,
  flags: { nps: false, promoteEE: false },
});
