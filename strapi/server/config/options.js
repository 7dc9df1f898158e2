'use strict';

const { redis, outbox, maxStaleOffline, mirrorBytes, buildId, metrics } = require('./options-servers');

/**
 * Every option there is. This table is the source of the checks, of the defaults and of the README's table.
 *
 * A node is an option (`type`) or a group of options (`options`); `each` is a group whose keys the user names.
 * Numbers are whole; `min` and `max` are inclusive. `unit` is for people.
 */

const cacheControl = {
  description: 'What browsers and shared caches are told',
  options: {
    public: {
      type: 'boolean',
      default: false,
      description:
        'Shared caches (CDN, proxy) may keep answers made for callers without a credential. Others stay `private`',
    },
    maxAge: {
      type: 'number',
      unit: 's',
      min: 0,
      max: 31_536_000,
      default: 0,
      description: '`max-age`: for so long a browser shows its copy without asking, edits or not',
    },
    sMaxAge: {
      type: 'number',
      unit: 's',
      min: 0,
      max: 31_536_000,
      default: null,
      description: '`s-maxage`: the same for shared caches; needs `public`',
    },
    staleWhileRevalidate: {
      type: 'number',
      unit: 's',
      min: 0,
      max: 31_536_000,
      default: null,
      description: '`stale-while-revalidate`: a stale copy may be shown while a new one is fetched',
    },
    mustRevalidate: {
      type: 'boolean',
      default: true,
      description:
        '`must-revalidate`: a stale copy may not be shown. Off by itself when `staleWhileRevalidate` is set, which it would overrule',
    },
  },
};

const terms = {
  ttl: {
    type: 'number',
    unit: 's',
    min: 1,
    max: 31_536_000,
    default: 3600,
    description: 'The longest an answer is kept. Changes evict it long before; this is the backstop',
  },
};

const handle = {
  uid: { type: 'string', required: true, description: 'The content type, for example `api::city.city`' },
  idField: {
    type: 'string',
    default: null,
    description:
      'The attribute that `:id` of `/find-one/:handle/:id` is compared with first, then `documentId`, then `id`',
  },
  params: {
    type: 'query',
    keys: ['fields', 'filters', 'populate', 'sort', 'pagination', 'locale', 'status'],
    default: {},
    description:
      'Query parameters in Strapi’s form. `filters` are always added to the caller’s; `fields`, `populate` and `sort` are what a caller gets by default and the most one can ask for; `status` is fixed; `pagination` and `locale` are defaults',
  },
  ttl: { ...terms.ttl, default: 'that of the plugin', description: 'As above, for this handle' },
  localTtl: {
    type: 'number',
    unit: 's',
    min: 1,
    max: 31_536_000,
    default: '`local.ttl`',
    description: 'As `local.ttl`, for this handle',
  },
  permanent: {
    type: 'boolean',
    default: false,
    description:
      'Keep the answers to the handle’s own query for good, and update them in place when they change instead of evicting them. What a caller adds to the query is kept like any other',
  },
  evict: {
    type: 'boolean',
    default: true,
    description:
      '`false`: changes do not evict, only the ttl ends an answer. **Answers may be stale for that long**',
  },
  ignoreFields: {
    type: 'strings',
    default: [],
    description:
      'Attributes of `uid` whose changes do not evict, such as a view counter. **Their values may be stale** (so may `updatedAt`)',
  },
  shared: {
    type: 'boolean',
    default: false,
    description:
      'Cache although code that is not Strapi’s own takes part in reads (`documents.use`, read lifecycles, sanitizers, strategies). Set it when that code gives all callers of one permission set the same',
  },
  cacheControl: { ...cacheControl, default: 'that of the plugin' },
};

const options = {
  prefix: {
    type: 'path',
    default: '/pfapi',
    description: 'Where the plugin’s routes are',
  },
  bypass: {
    type: 'boolean',
    default: false,
    description:
      'Answer everything uncached. For finding out whether the cache is to blame. Writes are announced to other servers all the same',
  },
  outcomeHeader: {
    type: 'boolean',
    default: true,
    description: 'Say in `X-Pfapi-Cache` how each answer was made',
  },
  ttl: terms.ttl,
  fetchTimeout: {
    type: 'number',
    unit: 'ms',
    min: 100,
    max: 600_000,
    default: 60_000,
    description:
      'The longest one fetch may take; then those who wait get a 503 and the next request starts anew',
  },
  local: {
    description: 'The tier in this process’s memory',
    options: {
      ttl: {
        type: 'number',
        unit: 's',
        min: 1,
        max: 31_536_000,
        default: 600,
        description: 'The longest the local tier keeps an answer; at most `ttl`',
      },
      maxBytes: {
        type: 'number',
        unit: 'bytes',
        min: 1_048_576,
        max: 68_719_476_736,
        default: 67_108_864,
        description: 'Memory for answers, with their heads and their part of the dependency index',
      },
      maxEntryBytes: {
        type: 'number',
        unit: 'bytes',
        min: 1024,
        max: 1_073_741_824,
        default: 4_194_304,
        description: 'A larger answer is not kept',
      },
      maxPermanentBytes: {
        type: 'number',
        unit: 'bytes',
        min: 0,
        max: 68_719_476_736,
        default: 16_777_216,
        description: 'Further memory for permanent answers; those that do not fit are kept like any other',
      },
    },
  },
  redis,
  outbox,
  maxStaleOffline,
  mirrorBytes,
  buildId,
  metrics,
  cacheControl,
  handles: {
    description: 'Named queries, each an URL of its own',
    each: '<name>',
    options: handle,
  },
};

/** Names no handle may have: words of routes, now or later. */
const RESERVED_NAMES = [
  'purge',
  'metrics',
  'find-many',
  'find-one',
  'get-count',
  'get-filters',
  'store',
  'dispatchers',
  'caches',
  'events',
  'changes',
];

module.exports = { options, RESERVED_NAMES };
