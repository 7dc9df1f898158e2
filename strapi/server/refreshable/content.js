'use strict';

const { errors } = require('@strapi/utils');
const { Refreshable } = require('./refreshable');

/**
 * The built-in Refreshables over one content type. Their params are a query that has been validated and sanitized for
 * the audience and combined with the handle's; what they give is sanitized for the audience again, as Strapi's REST
 * controllers do.
 */
class ContentRefreshable extends Refreshable {
  constructor(plugin, { name, uid, idField = null }) {
    super({ name });
    this.plugin = plugin;
    this.uid = uid;
    this.idField = idField;
  }

  get documents() {
    return this.plugin.strapi.documents(this.uid);
  }

  sanitize(data, audience) {
    const { strapi, audiences } = this.plugin;
    // Past the cache the caller's own authentication comes in the place of an audience's name.
    const auth = typeof audience === 'string' ? audiences.authOf(audience) : audience;
    if (!auth) throw new Error(`the audience ${audience} is not known any more`);
    return strapi.contentAPI.sanitize.output(data, strapi.contentType(this.uid), { auth });
  }
}

class FindMany extends ContentRefreshable {
  async getData(query, { audience }) {
    const rows = await this.documents.findMany(query);
    return { data: await this.sanitize(rows, audience) };
  }
}

const MAX_INTEGER = 2_147_483_647;

/** Whether a column can hold what is asked for: a database refuses to compare a number with other text. */
function canHold(attribute, name, id) {
  switch (name === 'id' ? 'integer' : attribute?.type) {
    case 'integer':
      return /^-?[0-9]{1,10}$/.test(id) && Math.abs(Number(id)) <= MAX_INTEGER;
    case 'biginteger':
      return /^-?[0-9]{1,18}$/.test(id);
    case 'float':
    case 'decimal':
      return /^-?[0-9]{1,15}(\.[0-9]{1,15})?$/.test(id);
    default:
      return true;
  }
}

class FindOne extends ContentRefreshable {
  async getData({ id, ...query }, { audience }) {
    const row = await this.find(id, query);
    if (!row)
      throw new errors.NotFoundError(`No ${this.uid} with ${this.names().join(', ')} ${JSON.stringify(id)}`);
    return { data: await this.sanitize(row, audience) };
  }

  /** In this order, so that a slug that looks like an id is still found by its slug. */
  names() {
    return [...(this.idField ? [this.idField] : []), 'documentId', 'id'];
  }

  async find(id, query) {
    const { attributes } = this.plugin.strapi.contentType(this.uid);
    for (const name of this.names()) {
      if (!canHold(attributes[name], name, id)) continue;
      const row = await this.findBy(name, id, query);
      if (row) return row;
    }
    return null;
  }

  findBy(name, id, { filters, ...query }) {
    if (name === 'documentId' && !filters) return this.documents.findOne({ ...query, documentId: id });
    const own = { [name]: { $eq: id } };
    return this.documents.findFirst({ ...query, filters: filters ? { $and: [own, filters] } : own });
  }
}

class GetCount extends ContentRefreshable {
  async getData(query) {
    return { data: await this.documents.count(query) };
  }
}

module.exports = { FindMany, FindOne, GetCount };
