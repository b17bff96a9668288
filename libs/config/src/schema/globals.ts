import { DEFAULT_PEER_LIMITS } from '@regfleet/model';
import type { SectionField } from './field.ts';

export const DEFAULT_MAX_ITEMS = 100;
export const DEFAULT_CACHE_DURATION_MS = 3_600_000;
export const DEFAULT_REDIS_PREFIX = 'regfleet';
export const DEFAULT_RETRIES = { attempts: 5, backoffMs: 10_000, maxBackoffMs: 600_000 } as const;

export const globalListerSection = {
  kind: 'section',
  title: 'lister',
  about: 'Limits of repository lists, for every task that has a `regex:` in `from`.',
  fields: {
    maxItems: {
      kind: 'integer',
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
  fallback:
    '`--redis` or `REGFLEET_REDIS_URL`; `regfleet up` starts its own, which `status`, `enqueue`, `copy` and `plan` find',
  extension: true,
  fields: {
    url: {
      kind: 'text',
      about: `\`redis://\`, \`rediss://\` (TLS) or \`unix:///path\`. \`\${NAME}\` is replaced by the environment variable.`,
      required: true,
      secret: true,
      examples: ['redis://redis:6379', `rediss://:\${REDIS_PASSWORD}@redis.example.com:6380/0`],
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
  },
  sample: `limits:
  min-rate: 100
  min-rate-window: 5m
  max-tags: 1000000
`,
} as const satisfies SectionField;
