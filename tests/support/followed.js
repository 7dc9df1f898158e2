'use strict';

// The promise under test: what is answered from memory is what Strapi itself would answer at that moment.
const { CONTENT_READS, outcomeOf } = require('./content');

const PREFIX = '/pfapi';
const ROUTE = /^\/(find-many|find-one|get-count)\/([^/?]+)(?:\/([^?]+))?(\?.*)?$/;

/** A hit costs no statement; but what a write before it set off (webhooks) may still run, so a few are asked. */
const ATTEMPTS = 20;

exports.READS = [...CONTENT_READS, 'api::homepage.homepage.find'];

/** What Strapi's own API, which nothing caches, answers in the place of a handle's URL. */
const askStrapi = async (app, path) => {
  const [, route, name, id, query = ''] = ROUTE.exec(path);
  const { status, json } = await app.request(`/api/${name}${id ? `/${id}` : ''}${query}`);
  if (status !== 200) return { status };
  return { status, data: route === 'get-count' ? json.meta.pagination.total : json.data };
};

const seen = ({ status, json }) => (status === 200 ? { status, data: json } : { status });

/** Reads a URL until it is a hit that asked the database nothing. What is not there cannot be kept. */
const warm = async (app, path) => {
  const truth = await askStrapi(app, path);
  const first = await app.request(PREFIX + path);
  expect({ path, ...seen(first) }).toEqual({ path, ...truth });
  if (truth.status === 404) return truth;
  let queries;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const read = await app.countQueries(() => app.request(PREFIX + path));
    expect({ path, outcome: outcomeOf(read.result) }).toEqual({ path, outcome: 'hit' });
    expect({ path, ...seen(read.result) }).toEqual({ path, ...truth });
    ({ queries } = read);
    if (queries.length === 0) return truth;
  }
  throw new Error(`${path}: every hit asks the database:\n${queries.join('\n')}`);
};

/** What the URL answers now is what Strapi answers; whether it comes from memory is told. */
exports.expectTrue = async (app, path) => {
  const read = await app.request(PREFIX + path);
  const truth = await askStrapi(app, path);
  expect({ path, ...seen(read) }).toEqual({ path, ...truth });
  return { ...truth, outcome: outcomeOf(read) };
};

/** Warms the URLs, writes, and expects of each a new answer: a miss with what Strapi answers now. */
exports.expectFollowed = async (app, paths, write) => {
  const before = [];
  for (const path of paths) before.push(await warm(app, path));
  const result = await write();
  for (const [i, path] of paths.entries()) {
    const { outcome, ...after } = await exports.expectTrue(app, path);
    // Otherwise the test would prove nothing.
    expect({ path, ...after }).not.toEqual({ path, ...before[i] });
    if (after.status === 200) expect({ path, outcome }).toEqual({ path, outcome: 'miss' });
  }
  return result;
};

/** Everything the fixture's articles can show, newest first. */
exports.ARTICLES =
  '/find-many/articles?sort=id:desc&populate[author]=true&populate[tags]=true&populate[cover]=true' +
  '&populate[seo]=true&populate[blocks][populate]=*';

exports.warm = warm;
