'use strict';

const path = require('node:path');
const createError = require('http-errors');
const { errors } = require('@strapi/utils');
const { describe: describeError, sendError } = require('../../strapi/server/http/errors');

// Not exported by the package: what the descriptions are compared with.
const strapi = require(path.resolve(__dirname, '../../node_modules/@strapi/core/dist/services/errors.js'));

describe('an error of Strapi’s', () => {
  test.each([
    ['ApplicationError', 400],
    ['ValidationError', 400],
    ['PaginationError', 400],
    ['UnauthorizedError', 401],
    ['ForbiddenError', 403],
    ['PolicyError', 403],
    ['NotFoundError', 404],
    ['PayloadTooLargeError', 413],
    ['RateLimitError', 429],
    ['NotImplementedError', 501],
  ])('%s has status %i and its own words', (name, status) => {
    const error = new errors[name]('what was wrong', { key: 'value' });
    const described = describeError(error);
    expect(described).toEqual({ status, name, message: 'what was wrong', details: { key: 'value' } });
    expect(described).toEqual(strapi.formatApplicationError(error).body.error);
  });

  test('a class of one’s own counts as what it extends', () => {
    class Gone extends errors.NotFoundError {}
    expect(describeError(new Gone('gone'))).toMatchObject({ status: 404, message: 'gone' });
  });

  test('without details has empty ones', () => {
    expect(describeError(new errors.ValidationError('x')).details).toEqual({});
  });
});

describe('an error nobody foresaw', () => {
  const hidden = { status: 500, name: 'InternalServerError', message: 'Internal Server Error', details: {} };
  test.each([
    ['an Error', new Error('SELECT secret FROM users'), /SELECT secret FROM users[^]*at /],
    ['a TypeError', new TypeError('x is undefined'), /x is undefined/],
    [
      'an error with its own details',
      Object.assign(new Error('secret'), { details: { sql: 'secret' } }),
      /secret/,
    ],
    ['a text', 'secret', /^secret$/],
    ['an error with a status of success', Object.assign(new Error('secret'), { status: 200 }), /secret/],
    ['undefined', undefined, /^undefined$/],
    ['null', null, /^null$/],
  ])('%s hides its text and gives it to the log', (_, error, internal) => {
    const { internal: logged, ...shown } = describeError(error);
    expect(shown).toEqual(hidden);
    expect(JSON.stringify(shown)).not.toContain('secret');
    expect(logged).toMatch(internal);
  });

  test('is what Strapi says of it', () => {
    const { status, name, message } = describeError(new Error('secret'));
    expect({ status, name, message }).toEqual(only(strapi.formatInternalError(new Error('secret'))));
  });
});

describe('an error with a status, as ctx.throw makes it', () => {
  test('is shown when it may be', () => {
    const error = Object.assign(new Error('teapot'), { status: 418, expose: true, details: { a: 1 } });
    expect(describeError(error)).toEqual({
      status: 418,
      name: 'Error',
      message: 'teapot',
      details: { a: 1 },
    });
  });

  test.each([
    ['a client’s mistake', () => Object.assign(new Error('slow down'), { status: 429 })],
    [
      'a client’s mistake by statusCode',
      () => Object.assign(new Error('no such thing'), { statusCode: 404 }),
    ],
    ['a server’s fault', () => Object.assign(new Error('secret'), { status: 503 })],
    ['one of http-errors', () => createError(404, 'no such thing')],
    ['a server’s fault that may be told', () => createError(503, 'back at noon', { expose: true })],
    ['a server’s fault that may not', () => createError(502, 'secret')],
    ['a client’s mistake that may not be told', () => createError(400, 'secret', { expose: false })],
    ['a status that is a text', () => Object.assign(new Error('secret'), { status: '404' })],
  ])('%s gets the status and the words that Strapi gives it', (_, make) => {
    const { status, name, message } = describeError(make());
    expect({ status, name, message }).toEqual(only(strapi.formatInternalError(make())));
  });
});

test('an error is sent in Strapi’s shape, and nobody may keep it', () => {
  const fields = {};
  const ctx = { set: (name, value) => (fields[name] = value) };
  const details = { path: 'x' };
  sendError(ctx, { status: 400, name: 'ValidationError', message: 'no', details, internal: 'secret' });
  expect(ctx.status).toBe(400);
  expect(ctx.body).toEqual({
    data: null,
    error: { status: 400, name: 'ValidationError', message: 'no', details },
  });
  expect(fields).toEqual({ 'Cache-Control': 'no-store' });
});

const only = ({ body: { error } }) => ({ status: error.status, name: error.name, message: error.message });
