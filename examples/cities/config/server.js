'use strict';

module.exports = ({ env }) => ({
  // The secrets of this example are public, so by default only this machine reaches it.
  host: env('HOST', '127.0.0.1'),
  port: env.int('PORT', 1337),
  logger: { updates: { enabled: false } },
  app: { keys: env.array('APP_KEYS', ['example-only-key-a', 'example-only-key-b']) },
});
