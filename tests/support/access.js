'use strict';

// Grants and identities, made through the same services and rows the admin panel uses.
const { randomUUID } = require('crypto');

const grant = async (strapi, role, actions) => {
  for (const action of actions) {
    const data = { action, role: role.id };
    const exists = await strapi.db.query('plugin::users-permissions.permission').count({ where: data });
    if (!exists) await strapi.db.query('plugin::users-permissions.permission').create({ data });
  }
};

const roleOfType = (strapi, type) =>
  strapi.db.query('plugin::users-permissions.role').findOne({ where: { type } });

exports.createAccess = (strapi) => ({
  async grantPublic(actions) {
    await grant(strapi, await roleOfType(strapi, 'public'), actions);
  },

  async revokePublic(actions) {
    const role = await roleOfType(strapi, 'public');
    const permissions = strapi.db.query('plugin::users-permissions.permission');
    for (const { id } of await permissions.findMany({ where: { action: { $in: actions }, role: role.id } })) {
      await permissions.delete({ where: { id } });
    }
  },

  /** A user in a role of their own (or in `role`), with a JWT for the Authorization header. */
  async createRoleUser({ actions = [], role, name = `user-${randomUUID()}` } = {}) {
    const ownRole =
      role ??
      (await strapi.db
        .query('plugin::users-permissions.role')
        .create({ data: { name, type: name, description: 'made by a test' } }));
    await grant(strapi, ownRole, actions);
    const user = await strapi
      .plugin('users-permissions')
      .service('user')
      .add({
        username: name,
        email: `${name}@example.com`,
        password: 'Password-1',
        provider: 'local',
        confirmed: true,
        blocked: false,
        role: ownRole.id,
      });
    return { user, role: ownRole, jwt: await this.issueJwt(user) };
  },

  issueJwt: async (user, options) =>
    strapi.plugin('users-permissions').service('jwt').issue({ id: user.id }, options),

  /** `type`: read-only, full-access or custom; `permissions` only with custom. `accessKey` is the bearer token. */
  createApiToken: ({
    type = 'read-only',
    permissions,
    lifespan = null,
    name = `token-${randomUUID()}`,
  } = {}) =>
    strapi.service('admin::api-token').create({
      kind: 'content-api',
      name,
      description: 'made by a test',
      type,
      lifespan,
      ...(type === 'custom' && { permissions: permissions ?? [] }),
    }),
});
