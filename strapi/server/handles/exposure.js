'use strict';

/**
 * Whether /api answers `find` or `findOne` of a type with nothing but Strapi's own code, so that answering the same
 * from here gives nobody more.
 *
 * @param {'find' | 'findOne'} action
 * @returns {string | null} what stands in the way
 */
function obstacleTo(strapi, uid, action) {
  const handler = `${uid}.${action}`;
  const [route, ...others] = routesOf(strapi, strapi.contentType(uid), action);
  if (!route || route.handler !== handler) return `/api does not answer ${handler} at its usual path`;
  if (others.length > 0) return `more than one route of /api has the path of ${handler}`;
  const { policies = [], middlewares = [], auth } = route.config ?? {};
  if (policies.length > 0) return `its route for ${action} has policies`;
  if (middlewares.length > 0) return `its route for ${action} has middlewares`;
  if (!isUsualAuth(auth, handler)) return `its route for ${action} has an authentication of its own`;
  const controller = strapi.controller(uid);
  if (!isCoreAction(strapi, controller, action)) return `its controller has its own ${action}`;
  const service = strapi.service(uid);
  for (const method of [action, 'getFetchParams']) {
    if (service && Object.hasOwn(service, method)) return `its service has its own ${method}`;
  }
  for (const method of ['sanitizeQuery', 'validateQuery', 'sanitizeOutput', 'transformResponse']) {
    if (Object.hasOwn(controller, method)) return `its controller has its own ${method}`;
  }
  return null;
}

/** Every GET route of /api at the path where a core router answers the action: one that comes first hides the others. */
function routesOf(strapi, { kind, info }, action) {
  const name = kind === 'singleType' ? info.singularName : info.pluralName;
  const path = action === 'findOne' ? new RegExp(`^/${name}/:[^/]+$`) : new RegExp(`^/${name}$`);
  const routers = Object.values(strapi.apis).flatMap(({ routes }) => Object.values(routes ?? {}));
  return routers.flatMap(({ prefix = '', routes = [] }) =>
    routes.filter((route) => {
      const { method, path: own, config } = route;
      const whole = `${config?.prefix ?? prefix ?? ''}${own}`.replace(/(.)\/$/, '$1');
      return ['GET', 'ALL'].includes(String(method).toUpperCase()) && path.test(whole);
    }),
  );
}

/** What Strapi itself puts at a core route, or nothing. */
function isUsualAuth(auth, handler) {
  if (auth === undefined) return true;
  const { scope, ...rest } = auth || { no: true };
  return Object.keys(rest).length === 0 && scope?.length === 1 && scope[0] === handler;
}

/**
 * Each core controller has functions of its own, but all of one text; an action that somebody wrote has another.
 */
function isCoreAction(strapi, controller, action) {
  return (
    typeof controller?.[action] === 'function' && String(controller[action]) === coreTextOf(strapi, action)
  );
}

const coreTexts = new Map();

/** The text of Strapi's own action: of a controller made for this purpose, which is never called. */
function coreTextOf(strapi, action) {
  if (!coreTexts.has(action)) {
    const { factories } = require('@strapi/strapi');
    const types = Object.values(strapi.contentTypes);
    const { uid } = /** @type {any} */ (types.find(({ kind }) => kind === 'collectionType'));
    const core = factories.createCoreController(uid)({ strapi });
    coreTexts.set(action, String(core[action]));
  }
  return coreTexts.get(action);
}

module.exports = { obstacleTo };
