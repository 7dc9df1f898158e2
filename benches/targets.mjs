// What is asked for: the bytes of each request, and what must come back.
import { askOnce } from './load.mjs';

const HANDLE = '/pfapi/find-many/big-cities';
const FIELDS = ['name', 'slug', 'countryCode', 'population', 'latitude', 'longitude'];
// What the handle asks for, asked of Strapi itself.
const PLAIN =
  `/api/cities?${FIELDS.map((field, index) => `fields[${index}]=${field}`).join('&')}` +
  `&filters[population][$gte]=1000000&sort[0]=population:desc&pagination[pageSize]=25`;

const requestTo = (path, fields = '') =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n${fields}\r\n`);

const NONE = /^$/;

/** A hit as it came, and everything that is measured at the site. */
export async function targetsOf({ port }) {
  const list = requestTo(HANDLE);
  await askOnce(port, list);
  const hit = await askOnce(port, list);
  const known = requestTo(HANDLE, `If-None-Match: ${hit.headers.etag}\r\n`);
  const plain = requestTo(PLAIN);
  const health = requestTo('/_health');
  let asked = 0;
  // Below the millionth inhabitant by a little more each time: another query, the same 25 cities.
  const unique = () => requestTo(`${HANDLE}?filters[population][$gte]=${1_000_000 - (asked += 1)}`);

  const one = (path, request, own) => ({ path, request: () => request, status: 200, state: NONE, ...own });
  return {
    hit,
    targets: {
      hit: one(HANDLE, list, { name: 'pfapi hit', state: /^hit\b/ }),
      notModified: one(HANDLE, known, { name: 'pfapi 304 (If-None-Match)', status: 304, state: /^hit\b/ }),
      health: one('/_health', health, { name: 'Strapi /_health (no body, no query)', status: 204 }),
      plain: one(PLAIN, plain, { name: 'plain Strapi, the same query' }),
      miss: one(`${HANDLE}?...`, undefined, { name: 'pfapi miss', request: unique, state: /^miss\b/ }),
    },
  };
}
