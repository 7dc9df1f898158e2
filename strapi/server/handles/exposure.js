'use strict';

/**
 * Whether /api answers `find` or `findOne` of a type with nothing but Strapi's own code, so that answering the same
 * from here gives nobody more.
 *
 * @param {'find' | 'findOne'} action
 * @returns {string | null} what stands in the way
 */
function obstacleTo(strapi, uid, action) {
  const route = routeOf(strapi, uid, action);
  if (!route) return `there is no route for ${uid}.${action}`;
  const { policies = [], middlewares = [], auth } = route.config ?? {};
  if (policies.length > 0) return `its route for ${action} has policies`;
  if (middlewares.length > 0) return `its route for ${action} has middlewares`;
  if (auth === false || auth?.strategies) return `its route for ${action} has an authentication of its own`;
  const scope = auth?.scope ?? [];
  if (scope.some((name) => name !== `${uid}.${action}`))
    return `its route for ${action} needs another permission`;
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

function routeOf(strapi, uid, action) {
  const handler = `${uid}.${action}`;
  const [, apiName] = /^api::([^.]+)\./.exec(uid) ?? [];
  for (const router of Object.values(strapi.apis[apiName]?.routes ?? {})) {
    const route = router.routes?.find((candidate) => candidate.handler === handler);
    if (route) return route;
  }
  return undefined;
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
