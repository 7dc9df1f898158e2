'use strict';

/** More audiences than this are not kept; the one asked for longest ago goes first. */
const MAX_AUDIENCES = 1000;

/**
 * For each audience the `ctx.state.auth` of one caller who belongs to it, so that a fetch can be made on its behalf:
 * any caller of one audience would get the same.
 */
class AudienceBook {
  /** @type {Map<string, object>} oldest first */
  #auths = new Map();

  remember(name, auth) {
    this.#auths.delete(name);
    this.#auths.set(name, auth);
    const [oldest] = this.#auths.keys();
    if (this.#auths.size > MAX_AUDIENCES) this.#auths.delete(oldest);
  }

  /** @returns {object | undefined} */
  authOf(name) {
    return this.#auths.get(name);
  }
}

module.exports = { AudienceBook };
