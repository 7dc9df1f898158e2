'use strict';

const path = require('path');

const shared = {
  rootDir: path.resolve(__dirname, '..'),
  testEnvironment: 'node',
  // Everything is CommonJS: no transform, so Strapi's hundreds of modules load as they are.
  transform: {},
  // The fixture app and the examples have package.json files of their own.
  modulePathIgnorePatterns: [
    '<rootDir>/target/',
    '<rootDir>/.cache/',
    '<rootDir>/examples/',
    '<rootDir>/npm/',
  ],
};

const withDatabases = {
  ...shared,
  globalSetup: '<rootDir>/tests/support/jest-global-setup.js',
  globalTeardown: '<rootDir>/tests/support/jest-global-teardown.js',
};

module.exports = {
  // A boot of Strapi takes seconds and most of a core; more side by side only get slower.
  maxWorkers: 2,
  testTimeout: 120_000,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/tests/unit/**/*.test.js'] },
    {
      ...withDatabases,
      displayName: 'integration',
      testMatch: ['<rootDir>/tests/integration/**/*.test.js'],
    },
    // Several servers at once, and figures among what they have to keep: scripts/test.mjs runs one file after the other.
    { ...withDatabases, displayName: 'servers', testMatch: ['<rootDir>/tests/servers/**/*.test.js'] },
  ],
};
