'use strict';

const { errors } = require('@strapi/utils');

/**
 * The classes of Strapi's errors that have a status other than 400, as in @strapi/core's services/errors.
 *
 * @type {[new (...args: any[]) => Error, number][]}
 */
const STATUSES = [
  [errors.UnauthorizedError, 401],
  [errors.ForbiddenError, 403],
  [errors.NotFoundError, 404],
  [errors.PayloadTooLargeError, 413],
  [errors.RateLimitError, 429],
  [errors.NotImplementedError, 501],
];

/**
 * An error as the client sees it, in Strapi's shape. What is not meant for clients says no more than that it happened.
 *
 * @returns {{ status: number, name: string, message: string, details: any, internal?: string }} `internal` is for the
 *   log: the stack of an error nobody foresaw
 */
function describe(error) {
  if (error instanceof errors.ApplicationError) {
    const status = STATUSES.find(([type]) => error instanceof type)?.[1] ?? 400;
    return { status, name: error.name, message: error.message, details: error.details ?? {} };
  }
  // http-errors, as Koa's ctx.throw makes them.
  if (typeof error?.status === 'number' && error.expose === true) {
    return { status: error.status, name: error.name, message: error.message, details: error.details ?? {} };
  }
  return {
    status: 500,
    name: 'InternalServerError',
    message: 'Internal Server Error',
    details: {},
    internal: error instanceof Error || error?.stack ? String(error.stack) : String(error),
  };
}

/** Sends a described error. */
function sendError(ctx, { status, name, message, details }) {
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = { data: null, error: { status, name, message, details } };
}

module.exports = { describe, sendError };
