'use strict';

// Every way a caller who may list places can lose that: `make(app)` gives the caller, `revoke(app, caller)` takes
// it, and `status` is what /api answers from then on.

const PLACES = ['api::place.place.find'];
const OTHER = ['api::article.article.find'];
const USER = 'plugin::users-permissions.user';
const ROLE = 'plugin::users-permissions.role';
const PERMISSION = 'plugin::users-permissions.permission';

const service = (app, name) => app.strapi.plugin('users-permissions').service(name);
const tokens = (app) => app.strapi.service('admin::api-token');
const query = (app, uid) => app.strapi.db.query(uid);

const user = (app) => app.createRoleUser({ actions: PLACES });
const token = (app) => app.createApiToken({ type: 'custom', permissions: PLACES });

const ofUsers = {
  'a permission taken away in the admin panel': (app, { role }) => {
    const find = { enabled: false, policy: '' };
    const permissions = { 'api::place': { controllers: { place: { find } } } };
    return service(app, 'role').updateRole(role.id, { name: role.name, description: '', permissions });
  },
  'a permission taken away by the Query Engine': async (app, { role }) => {
    const permissions = query(app, PERMISSION);
    const { id } = await permissions.findOne({ where: { role: { id: role.id }, action: PLACES[0] } });
    await permissions.delete({ where: { id } });
  },
  'permissions taken away in bulk': (app, { role }) =>
    query(app, PERMISSION).deleteMany({ where: { role: role.id } }),
  'a role deleted': async (app, { role }) => {
    await app.revokePublic(PLACES);
    const { id } = await query(app, ROLE).findOne({ where: { type: 'public' } });
    await service(app, 'role').deleteRole(role.id, id);
  },
  'a user in another role': async (app, caller) => {
    const { role } = await app.createRoleUser({ actions: OTHER });
    await service(app, 'user').edit(caller.user.id, { role: role.id });
  },
};

const ofAccounts = {
  'a user blocked': (app, { user: { id } }) => service(app, 'user').edit(id, { blocked: true }),
  'a user blocked by the Query Engine': (app, { user: { id } }) =>
    query(app, USER).update({ where: { id }, data: { blocked: true } }),
  'users blocked in bulk': (app, { user: { id } }) =>
    query(app, USER).updateMany({ where: { id }, data: { blocked: true } }),
  'a user deleted': (app, { user: { id } }) => service(app, 'user').remove({ id }),
};

const ofTokens = {
  'a token revoked': (app, { id }) => tokens(app).revoke(id),
  'a token regenerated': (app, { id }) => tokens(app).regenerate(id),
  'a token expired by hand': (app, { id }) =>
    query(app, 'admin::api-token').update({
      where: { id },
      data: { expiresAt: new Date(Date.now() - 1000).toISOString() },
    }),
};

const ofTokenPermissions = {
  'a token with other permissions': (app, { id, name }) =>
    tokens(app).update(id, { name, type: 'custom', permissions: OTHER }),
  'a token without any permission': (app, { id, name }) =>
    tokens(app).update(id, { name, type: 'custom', permissions: [] }),
};

const rows = (changes, make, status) =>
  Object.entries(changes).map(([name, revoke]) => [name, { make, revoke, status }]);

exports.REVOCATIONS = [
  ...rows(ofUsers, user, 403),
  ...rows(ofAccounts, user, 401),
  ...rows(ofTokens, token, 401),
  ...rows(ofTokenPermissions, token, 403),
  ...rows(
    { 'a token of another type': ofTokenPermissions['a token without any permission'] },
    (app) => app.createApiToken(),
    403,
  ),
];
