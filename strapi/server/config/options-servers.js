'use strict';

/** The options for several processes on one database; part of the table in options.js. */

const redis = {
  description: 'The Redis (6.2 or newer) or Valkey that all servers of the project share',
  options: {
    url: {
      type: 'urls',
      default: null,
      description:
        'Where it is, such as `redis://user:password@host:6379/0`, or `rediss://…` for TLS; a list of URLs is a cluster. Without it there is no shared tier',
    },
    cluster: {
      type: 'boolean',
      default: '`true` for a list of URLs',
      description: 'Whether it is a Redis Cluster',
    },
    username: { type: 'string', default: null, description: 'The ACL user, if the URL does not say it' },
    password: {
      type: 'secret',
      default: null,
      description: 'The password, if the URL does not say it',
    },
    tls: {
      description: 'For `rediss://` URLs',
      options: {
        ca: {
          type: 'string',
          default: null,
          description: 'Certificates of the authorities to trust instead of the well-known ones, as PEM',
        },
        cert: { type: 'string', default: null, description: 'The client certificate, as PEM' },
        key: { type: 'secret', default: null, description: 'Its key, as PEM' },
        rejectUnauthorized: {
          type: 'boolean',
          default: true,
          description: '`false`: any certificate will do. For trying things out',
        },
      },
    },
    namespace: {
      type: 'name',
      default: 'pfapi',
      description:
        'The beginning of every key. What follows it tells databases apart, so several projects may share one Redis and one namespace',
    },
    connectTimeout: {
      type: 'number',
      unit: 'ms',
      min: 50,
      max: 60_000,
      default: 1000,
      description: 'The longest that connecting may take',
    },
    commandTimeout: {
      type: 'number',
      unit: 'ms',
      min: 10,
      max: 10_000,
      default: 250,
      description: 'The longest one command may take; then the request goes on without Redis',
    },
    lease: {
      type: 'number',
      unit: 'ms',
      min: 50,
      max: 60_000,
      default: 2000,
      description: 'For so long, at the most, other servers wait for the one that fetches a key',
    },
    logLength: {
      type: 'number',
      min: 100,
      max: 1_000_000,
      default: 10_000,
      description: 'Changes that the log retains, about 0.3 kB each and 16 kB at the most',
    },
  },
};

const outbox = {
  description: 'The table `pfapi_outbox`, by which processes on one database learn of each other’s changes',
  options: {
    enabled: {
      type: 'boolean',
      default: true,
      description:
        '`false`: no other process changes this database, ever: no second server, no `strapi console`, no import',
    },
    pollInterval: {
      type: 'number',
      unit: 'ms',
      min: 100,
      max: 10_000,
      default: 1500,
      description: 'How often each process reads it',
    },
    longestWrite: {
      type: 'number',
      unit: 's',
      min: 10,
      max: 86_400,
      default: 120,
      description:
        'The longest a single write outside of a transaction takes. One that is not settled by then counts as abandoned',
    },
  },
};

const maxStaleOffline = {
  type: 'number',
  unit: 'ms',
  min: 1000,
  max: 60_000,
  default: 5000,
  description:
    'For so long, at the most, answers from memory are served after the last sign that no change of another server was missed',
};

const mirrorBytes = {
  type: 'number',
  unit: 'bytes',
  min: 65_536,
  max: 1_073_741_824,
  default: 8_388_608,
  description: 'Memory for what has changed lately, by which answers in Redis are judged',
};

const buildId = {
  type: 'string',
  default: null,
  description:
    'Names the code that shapes answers: servers with another one do not share answers in Redis. If it is not set, it is made from the sources, the configuration and the lock file',
};

const metrics = {
  description: 'Prometheus text at `/pfapi/metrics`',
  options: {
    token: {
      type: 'token',
      default: null,
      description: 'The bearer token that the scraper sends. Without it there is no such route',
    },
  },
};

module.exports = { redis, outbox, maxStaleOffline, mirrorBytes, buildId, metrics };
