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
    this.#auths.set(name, lasting(auth));
    const [oldest] = this.#auths.keys();
    if (this.#auths.size > MAX_AUDIENCES) this.#auths.delete(oldest);
  }

  /** @returns {object | undefined} */
  authOf(name) {
    return this.#auths.get(name);
  }
}

/**
 * The same authentication without its end: it stands for the audience from now on, and one caller's token that expires
 * must not take the others' relations with it. (Strapi's sanitizers drop what a token that has expired may not see.)
 */
function lasting(auth) {
  const { credentials } = auth;
  return credentials ? { ...auth, credentials: { ...credentials, expiresAt: null } } : { ...auth };
}

module.exports = { AudienceBook };
