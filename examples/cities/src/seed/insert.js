'use strict';

const CITY = 'api::city.city';
const COUNTRY = 'api::country.country';
// SQLite takes at most 500 rows in one insert as knex writes it.
const BATCH = 450;
const PROGRESS_EVERY = 20 * BATCH;

// Past the Document Service, which would take minutes for this many rows. What Strapi writes beside the
// attributes is written here too: document ids, timestamps, and the rows of the relation's join table.
async function insertRows(strapi, { cities, countries }, onProgress) {
  const city = strapi.db.metadata.get(CITY);
  const country = strapi.db.metadata.get(COUNTRY);
  const join = city.attributes.country.joinTable;

  await strapi.db.connection.transaction(async (trx) => {
    for (const table of [join.name, city.tableName, country.tableName]) await trx(table).del();

    const stamp = new Date();
    const countryIds = new Map();
    for (const [index, row] of countries.entries()) countryIds.set(row.code, index + 1);
    await insertAll(trx, country, countries, stamp);

    // Chosen ids, so that the join rows need not ask the database which ones it gave.
    const places = new Map();
    for (let start = 0; start < cities.length; start += BATCH) {
      const batch = cities.slice(start, start + BATCH);
      await insertAll(trx, city, batch, stamp, start);
      await trx(join.name).insert(
        batch.map((row, index) => joinRow(join, start + index + 1, row, countryIds, places)),
      );
      const written = start + batch.length;
      if (written % PROGRESS_EVERY === 0) onProgress(written);
    }
  });
}

async function insertAll(trx, meta, rows, stamp, offset = 0) {
  const columnOf = (attribute) => meta.attributes[attribute].columnName;
  const complete = rows.map((row, index) => {
    const record = { ...row, createdAt: stamp, updatedAt: stamp, publishedAt: stamp };
    const columns = Object.entries(record).map(([attribute, value]) => [columnOf(attribute), value]);
    return Object.fromEntries([['id', offset + index + 1], ...columns]);
  });
  for (let start = 0; start < complete.length; start += BATCH) {
    await trx(meta.tableName).insert(complete.slice(start, start + BATCH));
  }
}

// The order column keeps a country's cities in the order in which they were connected.
function joinRow(join, cityId, { countryCode }, countryIds, places) {
  const place = (places.get(countryCode) ?? 0) + 1;
  places.set(countryCode, place);
  const row = {
    [join.joinColumn.name]: cityId,
    [join.inverseJoinColumn.name]: countryIds.get(countryCode),
  };
  if (join.inverseOrderColumnName) row[join.inverseOrderColumnName] = place;
  if (join.orderColumnName) row[join.orderColumnName] = 1;
  return row;
}

module.exports = { insertRows };
