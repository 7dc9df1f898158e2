'use strict';

const { randomUUID } = require('node:crypto');

/** A name for one change, on whatever road it reaches a server: 32 hexadecimal digits. */
const newId = () => randomUUID().replaceAll('-', '');

module.exports = { newId };
