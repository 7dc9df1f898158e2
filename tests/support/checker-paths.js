'use strict';

// How a checker writes and reads the fixture's places: the number of a document is its name.

const valuesOf = (json) => new Map([json].flat().map(({ documentId, name }) => [documentId, Number(name)]));

exports.places = {
  one: (id) => `/pfapi/find-one/places/${id}`,
  list: '/pfapi/find-many/places?pagination[pageSize]=100&sort=id',
  write: (id, value) => [`/api/places/${id}`, { method: 'PUT', body: { data: { name: String(value) } } }],
  values: valuesOf,
};

/** Places that hold 0, for a checker. @returns their documentIds */
exports.seedPlaces = (server, count = 20) =>
  server.run(async ({ strapi }, howMany) => {
    const ids = [];
    for (let i = 0; i < howMany; i += 1) {
      ids.push((await strapi.documents('api::place.place').create({ data: { name: '0' } })).documentId);
    }
    return ids;
  }, count);
