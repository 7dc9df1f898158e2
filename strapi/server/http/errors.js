'use strict';

const { STATUS_CODES } = require('node:http');
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
 * @param {any} error
 * @returns {{ status: number, name: string, message: string, details: any, internal?: string }} `internal` is for the
 *   log: the stack of an error nobody foresaw
 */
function describe(error) {
  if (error instanceof errors.ApplicationError) {
    const status = STATUSES.find(([type]) => error instanceof type)?.[1] ?? 400;
    return { status, name: error.name, message: error.message, details: error.details ?? {} };
  }
  const status = statusOf(error);
  // As http-errors decides: what is the client's mistake is told, what is the server's is not.
  const { expose = status < 500, name, message, details = {} } = asError(error);
  if (expose && message !== undefined) return { status, name, message, details };
  return { status, ...wordsFor(status), details: {}, internal: String(error?.stack ?? error) };
}

/** Not everything that is thrown is an error. @returns {any} */
const asError = (error) => (error instanceof Error ? error : {});

/** The status that an error carries, as Koa's ctx.throw and http-errors put it there. */
function statusOf(error) {
  const status = asError(error).status ?? asError(error).statusCode;
  return Number.isInteger(status) && status >= 400 && status <= 599 && STATUS_CODES[status] ? status : 500;
}

function wordsFor(status) {
  const message = STATUS_CODES[status] ?? 'Internal Server Error';
  const name = message.replace(/[^A-Za-z ]/g, '').replace(/ /g, '');
  return { name: name.endsWith('Error') ? name : `${name}Error`, message };
}

/** Sends a described error. */
function sendError(ctx, { status, name, message, details }) {
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = { data: null, error: { status, name, message, details } };
}

module.exports = { describe, sendError };
