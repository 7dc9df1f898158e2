/**
 * The library side of `strapi-plugin-pfapi`: what a project or another plugin uses to have its own data cached.
 *
 * ```ts
 * import { Refreshable } from 'strapi-plugin-pfapi';
 *
 * class Weather extends Refreshable<{ city: string }, Forecast> {
 *   constructor() {
 *     super({ name: 'weather' });
 *   }
 *   reduce({ city }: { city: string }) {
 *     return { city: city.toLowerCase() };
 *   }
 *   async getData({ city }: { city: string }) {
 *     const response = await fetch(`https://weather.example/${city}`);
 *     return { data: (await response.json()) as Forecast, ttl: 60 };
 *   }
 * }
 *
 * // in bootstrap({ strapi }):
 * const weather = strapi.plugin('pfapi').service('cache').define(new Weather());
 * const forecast = await weather.get({ city: 'Oslo' });
 * ```
 */

/** Something an answer depends on: a document, or with no `id` anything of a content type. */
export interface Dependency {
  /** The content type, for example `api::city.city`. */
  uid: string;
  /**
   * The document id. For rows without one (components) the row id. A row id of a content type cannot be matched and
   * counts as the whole type.
   */
  id?: string | number;
}

/** What browsers and shared caches are told about answers. Times in seconds. */
export interface CacheControl {
  /**
   * Shared caches may keep answers made for callers without a credential; others stay `private`.
   * @default false
   */
  public?: boolean;
  /**
   * `max-age`, 0 to 31536000: for so long a browser shows its copy without asking, edits or not.
   * @default 0
   */
  maxAge?: number;
  /** `s-maxage`, 0 to 31536000: the same for shared caches. Needs `public`. */
  sMaxAge?: number;
  /** `stale-while-revalidate`, 0 to 31536000: a stale copy may be shown while a new one is fetched. */
  staleWhileRevalidate?: number;
  /**
   * `must-revalidate`: a stale copy may not be shown.
   * @default true, but false when `staleWhileRevalidate` is set, which it would overrule (RFC 5861)
   */
  mustRevalidate?: boolean;
}

/** On what terms answers are kept. What is left out is as in the plugin's configuration. */
export interface Terms {
  /** The longest an answer is kept, in seconds, 1 to 31536000. Changes evict it long before. */
  ttl?: number;
  /** The longest the local tier keeps it, in seconds; at most `ttl`. */
  localTtl?: number;
  /**
   * Keep answers for good, and update them in place when they change instead of evicting them.
   * @default false
   */
  permanent?: boolean;
  /**
   * `false`: changes do not evict an answer, only its ttl ends it. It may be stale for that long.
   * @default true
   */
  evict?: boolean;
  cacheControl?: CacheControl;
}

/** The options of a Refreshable: its name and the terms of its answers. */
export interface RefreshableOptions extends Terms {
  /** Tells it from all others of this Strapi: letters, digits and `_ . : -`, at most 128. */
  name: string;
}

/** What `getData` gives back. */
export interface Fetched<Data = unknown> {
  /**
   * The answer. A Buffer, and a string that comes with a `contentType`, are kept as they are; everything else is kept
   * as JSON.
   */
  data: Data;
  /**
   * What the answer was made from, where that cannot be seen. What is read through the Document Service, the Query
   * Engine or entityService is observed and need not be named.
   *
   * An answer for which nothing was observed, nothing named and no `ttl` returned is not kept. Nor is one made with SQL
   * that went past those interfaces (`strapi.db.connection`, `strapi.db.queryBuilder`), unless it names dependencies or
   * returns a `ttl`.
   */
  dependencies?: Dependency[];
  /** The media type. @default 'application/json; charset=utf-8' */
  contentType?: string;
  /**
   * How long the answer is good for, in seconds, more than 0: for sources that know it, and those that cannot be
   * observed. The `ttl` of the Refreshable itself is only an upper bound, and does not stand in for this.
   */
  ttl?: number;
}

/**
 * One piece of data that can be asked for again, and so can be cached.
 *
 * @typeParam Params what it is asked with; must survive JSON
 * @typeParam Data what it gives
 */
export abstract class Refreshable<Params = Record<string, unknown>, Data = unknown> {
  constructor(options: RefreshableOptions);

  readonly name: string;
  readonly terms: Terms;

  /**
   * Keeps only what decides the result, in one spelling, so that equal results share one cached answer. What it drops
   * must not be able to change the answer. The default keeps everything. Called for every `get`; must not wait.
   */
  reduce(params: Params): Params;

  /**
   * Makes the answer. Called once at a time per reduced params, however many ask. Runs outside of any request and any
   * transaction: `strapi.requestContext.get()` is undefined here.
   *
   * What it throws goes to everyone who waits for this answer; nothing is kept then.
   */
  abstract getData(params: Params): Promise<Fetched<Data>>;
}

/** A Refreshable that has been connected to the cache. */
export interface Defined<Params, Data> {
  readonly name: string;
  /**
   * The answer: from memory, from a fetch that is running, or from a new one. Inside a transaction, in a request that
   * has written, and inside another Refreshable's `getData`, it is made past the cache and not kept.
   *
   * JSON comes back parsed. What was given as bytes, or as a string with another content type, comes back as a Buffer.
   *
   * @throws what `getData` threw, as an Error with its `name`, `message`, `status` and `details` and the code
   *   `PFAPI_FETCH_FAILED`; an Error with the code `PFAPI_FETCH_TIMEOUT` when the fetch took longer than `fetchTimeout`
   */
  get(params?: Params): Promise<Data>;
}

/** `strapi.plugin('pfapi').service('cache')`. */
export interface CacheService {
  /**
   * Connects a Refreshable to the cache. Once per name, in `bootstrap`.
   *
   * @throws {TypeError} `PFAPI_REFRESHABLE`: not a Refreshable, or a name that may not be
   * @throws {Error} `PFAPI_REFRESHABLE`: the name is taken; `PFAPI_CONFIG`: its terms are not right
   */
  define<Params, Data>(refreshable: Refreshable<Params, Data>): Defined<Params, Data>;
  /** Counters since the start, and sizes now. */
  stats(): Stats;
  /**
   * Counts everything as changed, on every server: for what no write of Strapi tells of, such as rows changed with SQL.
   * Here nothing older is answered from memory as soon as it is called; the promise is there when the others have been
   * told. Inside a transaction it does not wait for the outbox. Finer purges are to come.
   */
  purge(): Promise<void>;
}

/** Why nothing at all is cached. Single requests may bypass for further reasons; the README lists them. */
export type BypassReason = 'addon-missing' | 'switched-off' | 'unknown-strapi' | 'fault' | 'closing';

export type Stats = { state: 'bypass'; reason: BypassReason } | ({ state: 'caching' } & Counters);

/** Counters rise from the start of the engine; sizes are of this moment. Bytes are those charged, not those allocated. */
export interface Counters {
  /** Answers from memory, 304s among them. */
  hits: number;
  /** Answers of status 304. */
  notModified: number;
  /** Answers that had to be fetched, by what was found in memory. `offline`: nothing in memory could be trusted. */
  misses: Record<'absent' | 'expired' | 'dead' | 'offline', number>;
  /** Misses that were answered by a fetch another request had started. */
  joined: number;
  /** Fetched answers that were kept. */
  stored: number;
  /** Fetched answers that were not kept, by reason. */
  refusals: Record<
    'moved' | 'unverifiable' | 'undeclared' | 'foreign-sql' | 'wrote' | 'too-large' | 'no-store',
    number
  >;
  /** Answers that left memory, by cause. */
  evictions: Record<'changed' | 'expired' | 'size' | 'replaced', number>;
  /** Fetches that gave no answer. */
  failures: number;
  /** Fetches begun to update a permanent answer. */
  refreshes: number;
  /** Settled writes and transactions applied. */
  applied: number;
  /** Permanent answers for which there was no room among the permanent ones. */
  permanentOverflows: number;
  entries: number;
  bytes: number;
  permanentBytes: number;
  /** Distinct dependencies in the index. */
  dependencies: number;
  /** Fetches that run now. */
  flights: number;
  /** The tier in Redis. */
  shared: SharedCounters;
  /** The change log, and what keeps it whole. */
  log: LogState;
  /** The table by which processes on one database learn of each other's changes; null when it is switched off. */
  outbox: OutboxCounters | null;
}

export interface SharedCounters {
  /** Requests answered with a value from there. */
  answers: number;
  /** Look-ups that found a value which is true. */
  hits: number;
  /** Look-ups that waited for another server's fetch and then found it. */
  awaited: number;
  /** Look-ups that found nothing. */
  absent: number;
  /** Values found and not believed, by reason. */
  refused: Record<string, number>;
  written: number;
  /** Fetched answers that were not written, by reason. */
  notWritten: Record<string, number>;
  /** Fetched answers that were not written because too many writes were under way. */
  crowded: number;
  faults: number;
}

export interface LogState {
  /** Whether answers from memory are served: no change of another process can have been missed for too long. */
  online: boolean;
  /** Since the newest sign that none was missed; null when there is none. */
  proofAgeMs: number | null;
  /** The life of the log that is followed; null without Redis. */
  epoch: string | null;
  /** The newest position followed; null without Redis. */
  position: string | null;
  /** Entries followed. */
  followed: number;
  /** Times that entries were missing. */
  gaps: number;
  /** Times that the log was taken up anew, with nothing kept in memory. */
  entered: number;
  /** Epochs begun by this server, by reason. */
  epochs: Record<'missing' | 'went-back' | 'lost-removed' | 'not-the-newest' | 'damaged', number>;
  published: number;
  /** Attempts that failed; they are repeated. */
  publishFailed: number;
  publishCrowded: number;
  /** Changes that the log has not been seen to have. */
  pending: number;
  /** What the newest heartbeat took through the log. */
  lagMs: number;
  /** Time in which nothing from memory was served. */
  offlineMs: number;
  polls: number;
  pollsFailed: number;
  /** Changes found in the outbox before the log told of them. */
  found: number;
  /** Rows in the outbox. */
  outboxDepth: number;
  /** Announcements settled for writers that were gone. */
  orphans: number;
  mirrorBytes: number;
  /** Why the log in Redis is not followed, while it is not. */
  redisFault: string | null;
  /** Why the outbox could not be read, while it could not. */
  outboxFault: string | null;
  /** Null without Redis. */
  breaker: 'closed' | 'open' | 'half-open' | null;
  /** Round trips to Redis and faults, by kind; null without it. */
  redis: Record<string, number> | null;
}

export interface OutboxCounters {
  /** Changes that could not be announced in their transaction. */
  insertFailures: number;
  /** Announcements of writes outside of a transaction that stand now. */
  intents: number;
  /** Such announcements that could not be made. */
  intentFailures: number;
}

/** A query in Strapi's form, as far as a handle fixes it. */
export interface HandleParams {
  /** What a caller gets by default, and the most one can ask for. */
  fields?: string | string[];
  /** Always added to the caller's. */
  filters?: Record<string, unknown>;
  /** What a caller gets by default, and the most one can ask for. */
  populate?: string | string[] | Record<string, unknown>;
  /** What a caller gets by default, and the attributes one can sort by. */
  sort?: string | string[] | Record<string, unknown>;
  /** What a caller gets who asks for no other. */
  pagination?: { page?: number; pageSize?: number } | { start?: number; limit?: number };
  /** What a caller gets who asks for no other. */
  locale?: string;
  /** Fixed. */
  status?: 'published' | 'draft';
}

/** A named query, answered under `/find-many/:handle`, `/find-one/:handle/:id` and `/get-count/:handle`. */
export interface HandleOptions extends Terms {
  /** The content type, for example `api::city.city`. */
  uid: string;
  /** The attribute that `:id` is compared with first; then come `documentId` and `id`. */
  idField?: string;
  params?: HandleParams;
  /** Attributes of `uid` whose updates do not evict. Their values, and `updatedAt`, may be stale. */
  ignoreFields?: string[];
  /** Cache although code that is not Strapi's own takes part in reads. */
  shared?: boolean;
}

/** The Redis that all servers of a project share. */
export interface RedisConfig {
  /** `redis://…`, or `rediss://…` for TLS; a list of URLs is a cluster. Without it there is no shared tier. */
  url?: string | string[] | null;
  /** Default: true for a list of URLs. */
  cluster?: boolean;
  /** The ACL user, if the URL does not say it. */
  username?: string;
  /** The password, if the URL does not say it. */
  password?: string;
  /** For `rediss://`; certificates and keys as PEM. */
  tls?: { ca?: string; cert?: string; key?: string; rejectUnauthorized?: boolean };
  /** The beginning of every key. Default `pfapi`. */
  namespace?: string;
  /** Milliseconds. Default 1000. */
  connectTimeout?: number;
  /** Milliseconds. Default 250. */
  commandTimeout?: number;
  /** Milliseconds for which other servers wait at the most for the one that fetches a key. Default 2000. */
  lease?: number;
  /** Changes that the log retains. Default 10,000. */
  logLength?: number;
}

/** `config` of the plugin in `config/plugins.js`. The README's table has every default. */
export interface PfapiConfig {
  /** Where the plugin's routes are. @default '/pfapi' */
  prefix?: string;
  /** Answer everything uncached. @default false */
  bypass?: boolean;
  /** Say in `X-Pfapi-Cache` how each answer was made. @default true */
  outcomeHeader?: boolean;
  /** The longest an answer is kept, in seconds. @default 3600 */
  ttl?: number;
  /** The longest one fetch may take, in milliseconds, 100 to 600000. @default 60000 */
  fetchTimeout?: number;
  local?: {
    /** The longest the local tier keeps an answer, in seconds; at most `ttl`. @default 600 */
    ttl?: number;
    /** Memory for answers, in bytes. @default 67108864 */
    maxBytes?: number;
    /** A larger answer is not kept; bytes. @default 4194304 */
    maxEntryBytes?: number;
    /** Further memory for permanent answers, in bytes. @default 16777216 */
    maxPermanentBytes?: number;
  };
  /** The Redis or Valkey that all servers of the project share. */
  redis?: RedisConfig | null;
  /** The table by which processes on one database learn of each other's changes. */
  outbox?: {
    /** `false`: no other process ever changes this database. Default true. */
    enabled?: boolean;
    /** Milliseconds between two readings of it. Default 1500. */
    pollInterval?: number;
    /** Seconds that a single write outside of a transaction takes at the most. Default 120. */
    longestWrite?: number;
  };
  /**
   * Milliseconds for which answers from memory are served after the last sign that no change of another process was
   * missed. Default 5000.
   */
  maxStaleOffline?: number;
  /** Bytes for what has changed lately, by which answers in Redis are judged. Default 8 MiB. */
  mirrorBytes?: number;
  /** Names the code that shapes answers; made from the sources if it is not set. */
  buildId?: string;
  /** Prometheus text at `/pfapi/metrics`, for whoever sends the token as bearer token. */
  metrics?: { token?: string };
  cacheControl?: CacheControl;
  handles?: Record<string, HandleOptions>;
}
