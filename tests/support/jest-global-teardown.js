'use strict';

module.exports = () => globalThis.stopTestPostgres?.();
