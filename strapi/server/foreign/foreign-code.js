'use strict';

/**
 * The code that is not Strapi's own and takes part in reads. While there is any, answers are not shared unless the
 * handle says `shared: true`.
 */
class ForeignCode {
  /** @type {string[]} what, and where it was registered */
  #all = [];
  /** @type {(what: string) => void} */
  #tell = () => {};
  /** Why this Strapi cannot be watched; null when it can. @type {string | null} */
  fault = null;

  found(what) {
    this.#all.push(what);
    this.#tell(what);
  }

  get any() {
    return this.#all.length > 0;
  }

  /** Has `tell` hear of all that was and will be found. */
  listen(tell) {
    this.#tell = tell;
    for (const what of this.#all) tell(what);
  }
}

module.exports = { ForeignCode };
