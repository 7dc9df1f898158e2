'use strict';

module.exports = ({ env }) => ({
  host: env('HOST', '127.0.0.1'),
  port: env.int('PORT', 0),
  app: { keys: ['pfapi-test-key-one', 'pfapi-test-key-two'] },
  // Uploads land in the directory of the run, never in the repository.
  dirs: { public: env('PUBLIC_DIR', './public') },
  logger: {
    startup: { enabled: false },
    updates: { enabled: false },
    config: { level: env('LOG_LEVEL', 'warn') },
  },
});
