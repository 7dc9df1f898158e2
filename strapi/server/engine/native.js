'use strict';

/**
 * Loads the addon: in a checkout the one just built, in an installed project the platform package.
 *
 * @returns {{ native: typeof import('../../../native/binding') | null, reason: string }} the reason is for a log line
 */
function loadNative() {
  try {
    return { native: require('../../../native/binding.js'), reason: '' };
  } catch (error) {
    return { native: null, reason: explain(error) };
  }
}

function explain(error) {
  const platform = `${process.platform}-${process.arch}, Node ${process.versions.node}`;
  return (
    `the native addon could not be loaded (${platform}): ${causes(error)}. Strapi answers uncached. ` +
    'Install without --omit=optional on this platform, so that npm brings the package ' +
    '"strapi-plugin-pfapi-<platform>"; in a checkout run "npm run build".'
  );
}

/** The loader tries several places and chains what each said; those about WebAssembly are of no use here. */
function causes(error) {
  const messages = new Set();
  for (let cause = error?.cause ?? error; cause && messages.size < 5; cause = cause.cause) {
    const first = String(cause.message ?? cause)
      .split('\n')[0]
      .trim();
    if (!/wasi|wasm/i.test(first)) messages.add(first);
  }
  return [...messages].join('; ') || String(error?.message ?? error).split('\n')[0];
}

module.exports = { loadNative };
