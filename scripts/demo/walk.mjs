import { isDeepStrictEqual } from 'node:util';
import { median } from './http.mjs';
import { differs, equal, holds, matches } from './walk-table.mjs';

export const LIST = '/pfapi/find-many/big-cities';
export const COUNT = '/pfapi/get-count/big-cities';
export const oneOf = ({ slug }) => `/pfapi/find-one/big-cities/${slug}`;

const FIELDS = ['name', 'slug', 'countryCode', 'population', 'latitude', 'longitude'];
// What the handle asks for, asked of Strapi itself.
const PLAIN =
  `/api/cities?${FIELDS.map((field, index) => `fields[${index}]=${field}`).join('&')}` +
  `&filters[population][$gte]=1000000&sort[0]=population:desc&pagination[pageSize]=25`;
const JUST_BELOW =
  '/api/cities?filters[population][$lt]=1000000&sort[0]=population:desc&sort[1]=id&pagination[pageSize]=1';
const RUNS = 200;

const HIT = /^hit(;|$)/;
const MISS = /^miss(;|$)/;
const STRONG_ETAG = /^"[^"]+"$/;
const status = (answer, expected) => equal('status', answer.status, expected);
const hit = (answer) => matches('X-Pfapi-Cache', answer.cache, HIT);
const miss = (answer) => matches('X-Pfapi-Cache', answer.cache, MISS);
const cityIn = (list, { slug }) =>
  Array.isArray(list) ? list.find((city) => city.slug === slug) : undefined;
const onlyFields = (city) => Object.fromEntries(FIELDS.map((field) => [field, city?.[field]]));
const listOf = (body) => (Array.isArray(body) ? body.map(onlyFields) : body);

// Every answer is asked for over HTTP, as a visitor would; the edits go through Strapi's own REST API.
export async function walk({ get, token, table, client }) {
  const plain = await repeat(() => get(PLAIN));
  const { data: expected, meta } = plain.body ?? {};
  const total = meta?.pagination?.total;
  table.row(`plain Strapi (x${RUNS})`, 'GET /api/cities?(same fields, filters, sort)', plain, [
    status(plain, 200),
    equal('number of cities', expected?.length, 25),
    // Were Strapi's answer cached too, the comparison would say nothing.
    holds('answered by Strapi itself', !plain.cache || plain.cache.startsWith('bypass')),
  ]);
  const top = expected?.[0];
  const near = (await get(JUST_BELOW)).body?.data?.[0];
  if (!top || !near) throw new Error(`Strapi gave no cities to walk through (status ${plain.status})`);

  const list = await firstReads({ get, table, expected, total, top });
  // Not through `get`, which refuses once the demo is interrupted: then above all must the cities be put back.
  const editor = createEditor(client, token);
  try {
    await editAndRead({ get, table, editor, top, before: list });
    await moveIntoTheList({ get, table, editor, near, total });
  } finally {
    // Whatever went wrong: the next walk must find the cities as this one did.
    await editor.restore();
  }
  await restored({ get, table, top, total });
  return { plainMs: plain.ms, hitMs: list.ms };
}

async function firstReads({ get, table, expected, total, top }) {
  const cold = await get(LIST);
  table.row('miss', `GET ${LIST}`, cold, [
    status(cold, 200),
    miss(cold),
    matches('ETag', cold.headers.etag, STRONG_ETAG),
    equal('the same cities as from Strapi', listOf(cold.body), expected.map(onlyFields)),
  ]);
  const warm = await repeat(() => get(LIST));
  table.row(`hit (x${RUNS})`, `GET ${LIST}`, warm, [
    status(warm, 200),
    hit(warm),
    holds(
      'every answer a hit',
      warm.all(({ cache }) => HIT.test(cache)),
    ),
    holds(
      'every body that of the miss',
      warm.all(({ body }) => isDeepStrictEqual(body, cold.body)),
    ),
    equal('ETag', warm.headers.etag, cold.headers.etag),
  ]);
  const known = { headers: { 'If-None-Match': warm.headers.etag ?? '""' } };
  const unchanged = await repeat(() => get(LIST, known));
  table.row(`not modified (x${RUNS})`, '  with If-None-Match', unchanged, [
    status(unchanged, 304),
    holds(
      'every answer 304',
      unchanged.all((answer) => answer.status === 304),
    ),
    equal('body', unchanged.body, undefined),
    equal('ETag', unchanged.headers.etag, warm.headers.etag),
  ]);

  const one = oneOf(top);
  for (const [step, state] of [
    ['one city', miss],
    ['one city again', hit],
  ]) {
    const city = await get(one);
    table.row(step, `GET ${one}`, city, [
      status(city, 200),
      state(city),
      equal('city', onlyFields(city.body), onlyFields(top)),
    ]);
  }
  for (const [step, state] of [
    ['count', miss],
    ['count again', hit],
  ]) {
    const count = await get(COUNT);
    table.row(step, `GET ${COUNT}`, count, [
      status(count, 200),
      state(count),
      equal('count', count.body, total),
    ]);
  }
  return warm;
}

// Both the city and the list that contains it must show the edit in the very next read.
async function editAndRead({ get, table, editor, top, before }) {
  const population = top.population + 1;
  await edit(table, editor, top, population);

  const one = oneOf(top);
  const fresh = await get(one);
  table.row('fresh', `GET ${one}`, fresh, [
    status(fresh, 200),
    miss(fresh),
    equal('population', fresh.body?.population, population),
  ]);
  const list = await get(LIST);
  table.row('fresh list', `GET ${LIST}`, list, [
    status(list, 200),
    miss(list),
    equal('population', cityIn(list.body, top)?.population, population),
    differs('ETag', list.headers.etag, before.headers.etag),
  ]);
  const again = await repeat(() => get(LIST));
  table.row(`hit again (x${RUNS})`, `GET ${LIST}`, again, [
    status(again, 200),
    holds(
      'every answer a hit',
      again.all(({ cache }) => HIT.test(cache)),
    ),
    equal('population', cityIn(again.body, top)?.population, population),
  ]);
  const outdated = await get(LIST, { headers: { 'If-None-Match': before.headers.etag ?? '""' } });
  table.row('outdated ETag', '  with the old If-None-Match', outdated, [
    status(outdated, 200),
    equal('population', cityIn(outdated.body, top)?.population, population),
  ]);
}

// A city that no cached answer contains grows into the filter: the count must notice.
async function moveIntoTheList({ get, table, editor, near, total }) {
  await edit(table, editor, near, 1_000_000);
  const count = await get(COUNT);
  table.row('fresh count', `GET ${COUNT}`, count, [
    status(count, 200),
    miss(count),
    equal('count', count.body, total + 1),
  ]);
}

async function restored({ get, table, top, total }) {
  const one = await get(oneOf(top));
  table.row('put back', `GET ${oneOf(top)}`, one, [
    status(one, 200),
    miss(one),
    equal('population', one.body?.population, top.population),
  ]);
  const count = await get(COUNT);
  table.row('put back', `GET ${COUNT}`, count, [status(count, 200), equal('count', count.body, total)]);
}

async function edit(table, editor, city, population) {
  const answer = await editor.set(city, population);
  table.row(`edit: ${population.toLocaleString('en')}`, `PUT /api/cities/${city.documentId}`, answer, [
    status(answer, 200),
    equal('population', answer.body?.data?.population, population),
  ]);
}

// Remembers what it changed, so that it can be put back from wherever the walk ends.
function createEditor(client, token) {
  const originals = new Map();
  const put = (documentId, population) =>
    client(`/api/cities/${documentId}`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${token}` },
      body: { data: { population } },
    });
  return {
    set({ documentId, population: original }, population) {
      if (!originals.has(documentId)) originals.set(documentId, original);
      return put(documentId, population);
    },
    async restore() {
      for (const [documentId, population] of originals) {
        const { status: got } = await put(documentId, population);
        if (got !== 200)
          throw new Error(`city ${documentId} could not be put back to ${population} (status ${got})`);
        originals.delete(documentId);
      }
    },
  };
}

// The last answer of many, with the median of their times.
async function repeat(ask) {
  const answers = [];
  for (let run = 0; run < RUNS; run += 1) answers.push(await ask());
  return { ...answers.at(-1), ms: median(answers.map(({ ms }) => ms)), all: (test) => answers.every(test) };
}
