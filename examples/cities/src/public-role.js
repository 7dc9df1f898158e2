'use strict';

// What an administrator would tick under Settings > Users & Permissions > Roles > Public.
const ACTIONS = ['city', 'country'].flatMap((name) => [
  `api::${name}.${name}.find`,
  `api::${name}.${name}.findOne`,
]);

async function allowPublicReads(strapi) {
  const role = await strapi.db
    .query('plugin::users-permissions.role')
    .findOne({ where: { type: 'public' }, populate: ['permissions'] });
  const granted = new Set(role.permissions.map(({ action }) => action));
  for (const action of ACTIONS.filter((wanted) => !granted.has(wanted))) {
    await strapi.db.query('plugin::users-permissions.permission').create({ data: { action, role: role.id } });
  }
}

module.exports = { allowPublicReads };
