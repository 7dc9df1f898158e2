'use strict';

/**
 * Log lines of the plugin: few, each with a stable code, and said once where saying it again tells nothing new.
 */
function createLog(strapi) {
  const said = new Set();
  const line = (code, text) => `[pfapi] ${code}: ${text}`;
  return {
    info: (text) => strapi.log.info(`[pfapi] ${text}`),
    warn: (code, text) => strapi.log.warn(line(code, text)),
    error: (code, text) => strapi.log.error(line(code, text)),
    /** The first time only, for each thing it is about: for faults that come with every request. */
    warnOnce(code, text, about = '') {
      if (said.has(`${code} ${about}`)) return;
      said.add(`${code} ${about}`);
      strapi.log.warn(line(code, text));
    },
  };
}

module.exports = { createLog };
