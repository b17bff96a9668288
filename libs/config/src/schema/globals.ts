import { DEFAULT_PEER_LIMITS } from '@regfleet/model';
import type { SectionField } from './field.ts';

export const DEFAULT_MAX_ITEMS = 100;
export const DEFAULT_CACHE_DURATION_MS = 3_600_000;
export const DEFAULT_REDIS_PREFIX = 'regfleet';
export const DEFAULT_RETRIES = { attempts: 5, backoffMs: 10_000, maxBackoffMs: 600_000 } as const;

const ENVIRONMENT = `\`\${NAME}\` is replaced by the environment variable, \`$$\` by \`$\`.`;
const READ_AGAIN = 'read again for each connection. A relative path starts at the config file.';

export const globalListerSection = {
  kind: 'section',
  title: 'lister',
  about: 'Limits of repository lists, for every task that has a `regex:` in `from`.',
  fields: {
    maxItems: {
      kind: 'integer',
      cutsFractions: true,
      about:
        'Stop asking for further pages once this many repositories are known; negative: never stop. The page that reaches it is used whole.',
      fallback: `\`${DEFAULT_MAX_ITEMS}\`; so does \`0\``,
      examples: [500, -1],
    },
    cacheDuration: {
      kind: 'duration',
      about: 'How long a list is used before it is asked for again; negative: never.',
      fallback: '`1h`; so does `0`',
      examples: ['30m', '2h'],
    },
  },
  sample: `lister:
  maxItems: 500
  cacheDuration: 2h
`,
} as const satisfies SectionField;

export const redisSection = {
  kind: 'section',
  title: 'redis',
  about: 'The Redis that scheduler, workers and commands share.',
  intro:
    'The Redis that scheduler, workers and commands share. It is an error where `url` and the other keys contradict each other: two passwords, two users, or what is for TLS or Sentinel with a URL that is not.',
  fallback:
    '`--redis` or `REGFLEET_REDIS_URL`; `regfleet up` starts its own, which commands that ask the fleet, and `plan`, find',
  extension: true,
  fields: {
    url: {
      kind: 'text',
      about: `\`redis://\`, \`rediss://\` (TLS), \`unix:///path\`, or for Sentinel \`redis+sentinel://HOST,HOST:PORT/NAME\` and \`rediss+sentinel://\`, where user, password and \`/database\` are those of the Redis that the Sentinels lead to. \`\${NAME}\` is replaced by the environment variable. \`--redis\` and \`REGFLEET_REDIS_URL\` replace it together with all keys below but \`prefix\`.`,
      required: true,
      secret: true,
      examples: [
        'redis://redis:6379',
        `rediss://:\${REDIS_PASSWORD}@redis.example.com:6380/0`,
        'redis+sentinel://sentinel-1,sentinel-2,sentinel-3/mymaster',
      ],
    },
    ca: {
      kind: 'text',
      about: `File with the certificates of the CAs that sign those of Redis and its Sentinels, in place of those that are trusted otherwise. With TLS only; ${READ_AGAIN}`,
      fallback: 'the CAs that Node knows, and those of `NODE_EXTRA_CA_CERTS`',
      examples: ['/etc/regfleet/redis-ca.crt'],
    },
    cert: {
      kind: 'text',
      about: `File with the certificate that we show to Redis, together with \`key\`. With TLS only; ${READ_AGAIN}`,
      examples: ['/etc/regfleet/redis-client.crt'],
    },
    key: {
      kind: 'text',
      about: `File with the private key of \`cert\`, not encrypted; ${READ_AGAIN}`,
      examples: ['/etc/regfleet/redis-client.key'],
    },
    username: {
      kind: 'text',
      about: `The ACL user, in place of one in \`url\`. Its password comes from \`password-file\` or from \`url\`. ${ENVIRONMENT}`,
      fallback: '`default`, as Redis has it',
      examples: ['regfleet'],
    },
    'password-file': {
      kind: 'text',
      about: `File that holds the password, in place of one in \`url\`; one line end at its end is not part of the password. It is read again for each connection, so that another one needs no restart. A relative path starts at the config file.`,
      examples: ['/run/secrets/redis-password'],
    },
    'sentinel-username': {
      kind: 'text',
      about: `The ACL user of the Sentinels themselves, with \`sentinel-password-file\`. ${ENVIRONMENT}`,
      fallback: '`default`, as Redis has it',
      examples: ['regfleet'],
    },
    'sentinel-password-file': {
      kind: 'text',
      about: 'As `password-file`, for the Sentinels themselves, which get no other password.',
      fallback: 'no password for the Sentinels',
      examples: ['/run/secrets/sentinel-password'],
    },
    prefix: {
      kind: 'text',
      about: 'Beginning of every key: fleets that share one Redis need different ones.',
      fallback: `\`${DEFAULT_REDIS_PREFIX}\``,
      examples: ['regfleet-staging'],
    },
  },
  sample: `redis:
  url: redis://redis:6379
  prefix: regfleet-staging
`,
} as const satisfies SectionField;

export const retriesSection = {
  kind: 'section',
  title: 'retries',
  about: 'How often a failed copy is tried again.',
  intro:
    'How often and when a failed copy is tried again. A task may have its own section; what that leaves out comes from the top of the file.',
  extension: true,
  fields: {
    attempts: {
      kind: 'integer',
      about: 'Tries in all, the first one included. Waiting because a registry asked for it spends none.',
      fallback: `\`${DEFAULT_RETRIES.attempts}\``,
      examples: [3],
    },
    backoff: {
      kind: 'duration',
      about:
        'Upper bound of the wait before the second try; it doubles with each further one, and the wait is random below it.',
      fallback: '`10s`',
      examples: ['5s'],
    },
    'max-backoff': {
      kind: 'duration',
      about: 'The doubling stops here.',
      fallback: '`10m`',
      examples: ['30m'],
    },
  },
  sample: `retries:
  attempts: 8
  backoff: 30s
  max-backoff: 30m
`,
  differences: ['dregsy never tries again before the next interval.'],
} as const satisfies SectionField;

export const limitsSection = {
  kind: 'section',
  title: 'limits',
  about: 'How long and how much a registry may keep us busy.',
  intro:
    'A registry that sends ever less, or lists ever more, would hold a copy or a task for as long as it likes. What the other side of a copy takes, or we do, does not count against it.',
  extension: true,
  fields: {
    'min-rate': {
      kind: 'integer',
      about:
        'Bytes a second that a blob has to move at least, on average over `min-rate-window`; `0`: any rate will do. By the relay `direct`.',
      fallback: `\`${DEFAULT_PEER_LIMITS.minBytesPerSecond}\``,
      examples: [100, 0],
    },
    'min-rate-window': {
      kind: 'duration',
      about: 'How much time spent waiting for a registry is looked at together. At least `1s`.',
      fallback: '`1m`',
      examples: ['5m'],
    },
    'max-tags': {
      kind: 'integer',
      about: 'A list of tags, or of repositories, that is longer than this is an error.',
      fallback: `\`${DEFAULT_PEER_LIMITS.maxTags}\``,
      examples: [1_000_000],
    },
    'give-up-after': {
      kind: 'duration',
      about:
        'How long a registry that worked before may be down, or refuse a login that it took before, until its images fail. Until then they wait and spend no attempt. `0s`: they fail at once.',
      fallback: '`30m`; `2m` with `sync --once`, and at registries that no task with a schedule uses',
      examples: ['10m', '2h'],
    },
  },
  sample: `limits:
  give-up-after: 2h
  min-rate: 100
  min-rate-window: 5m
  max-tags: 1000000
`,
} as const satisfies SectionField;
