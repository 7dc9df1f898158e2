// Compiled, never run: what a TypeScript user writes must type-check, and mistakes must not.
import { Refreshable } from '../..';
import type { CacheService, PfapiConfig } from '../..';

interface Forecast {
  degrees: number;
}

class Weather extends Refreshable<{ city: string }, Forecast> {
  constructor() {
    super({ name: 'weather', ttl: 300, cacheControl: { public: true, sMaxAge: 60 } });
  }

  override reduce({ city }: { city: string }) {
    return { city: city.toLowerCase() };
  }

  async getData({ city }: { city: string }) {
    return { data: { degrees: city.length }, ttl: 60, dependencies: [{ uid: 'api::city.city', id: city }] };
  }
}

export async function use(cache: CacheService): Promise<number> {
  const weather = cache.define(new Weather());
  const forecast = await weather.get({ city: 'Oslo' });
  // @ts-expect-error the params are { city: string }
  await weather.get({ town: 'Oslo' });
  const stats = cache.stats();
  return stats.state === 'caching' ? stats.hits + stats.refusals['foreign-sql'] + forecast.degrees : 0;
}

export const config: PfapiConfig = {
  ttl: 60,
  local: { ttl: 30, maxBytes: 1_048_576 },
  handles: {
    'big-cities': {
      uid: 'api::city.city',
      idField: 'slug',
      params: { fields: ['name'], filters: { population: { $gte: 1_000_000 } }, sort: 'population:desc' },
      ignoreFields: ['views'],
    },
  },
};

// @ts-expect-error unknown options are mistakes
export const mistaken: PfapiConfig = { tttl: 60 };
