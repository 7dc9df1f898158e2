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

module.exports = {
  // A boot of Strapi takes seconds and most of a core; side by side they only get slower.
  maxWorkers: 2,
  testTimeout: 120_000,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/tests/unit/**/*.test.js'] },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/tests/integration/**/*.test.js'],
      globalSetup: '<rootDir>/tests/support/jest-global-setup.js',
      globalTeardown: '<rootDir>/tests/support/jest-global-teardown.js',
    },
  ],
};
