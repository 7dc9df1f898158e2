'use strict';

/**
 * One piece of data that can be asked for again, and so can be cached. Extend it; see index.d.ts for what each part
 * means.
 */
class Refreshable {
  constructor(options = {}) {
    const { name, ...terms } = options;
    this.name = name;
    this.terms = terms;
  }

  reduce(params) {
    return params;
  }

  /**
   * @param {any} params
   * @param {{ audience: any }} context
   * @returns {Promise<{ data: any, [key: string]: any }>}
   */
  async getData(params, context) {
    throw new Error(`PFAPI_GET_DATA_MISSING: the Refreshable "${this.name}" has no getData(params).`);
  }
}

module.exports = { Refreshable };
