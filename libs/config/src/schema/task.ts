import {
  MISSING_PLATFORM_CHOICES,
  ON_CHANGE_CHOICES,
  RELAY_NAMES,
  TRAIL_FIRST_CHOICES,
} from '@regfleet/model';
import type { SectionField } from './field.ts';
import { retriesSection } from './globals.ts';
import { locationSection } from './location.ts';
import { referrersFields } from './referrers.ts';

/** The shortest interval that dregsy accepts. */
export const MIN_INTERVAL_S = 30;

/** A hundred years: Redis' scripts write times of the year 5138 and later in another way, and no schedule outlives us. */
export const MAX_INTERVAL_S = 100 * 365 * 24 * 60 * 60;

const mappingSection = {
  kind: 'section',
  title: 'mappings',
  about: 'Which repositories and tags are copied, and where to.',
  fields: {
    from: {
      kind: 'text',
      about:
        'A repository, or `regex:` and an RE2 pattern for the names that the lister finds. The pattern is anchored at both ends.',
      required: true,
      examples: ['library/busybox', 'regex:myproject/.*'],
    },
    to: {
      kind: 'text',
      about:
        'The target repository; with a `regex:` in `from`, a prefix. Or `regex:pattern,replacement`, applied to the path with a leading slash. Behind a colon, how tags are named there: with `{tag}`, `{repository}` (with `-` for `/`), `{digest}` or `{digest:12}` (of the manifest at the source, without `sha256:`), and `{1}` or `{name}` for a group of the first `regex:` of `tags` that the tag matches; without any, `tags` has to choose one.',
      fallback: 'the name at the source',
      examples: [
        'mirror/busybox',
        'regex:^/library/,/mirror/',
        'mirror/busybox:{tag}-mirror',
        ':{tag}-mirror',
      ],
    },
    tags: {
      kind: 'list',
      item: { kind: 'text', about: 'One tag or filter.' },
      about:
        'Each item adds tags: a tag, a digest, `tag@digest`, `semver: >=1.31.0 <1.32.0`, `regex: 1\\.31\\..*` (`!` inverts); or `keep: pattern` or `keep: latest 5`, which drops tags that the others found.',
      fallback: 'every tag',
      examples: ['1.36', 'semver: >=1.31.0', 'keep: latest 5'],
    },
    'min-tags': {
      kind: 'integer',
      about:
        'How many tags `tags` must choose of each repository, verbatim tags and digests included; with fewer the run fails with `TAGS_TOO_FEW`, and what was chosen is copied all the same. With a `regex:` in `from`, so it does where no repository fits.',
      fallback: 'none need be chosen',
      minimum: 1,
      extension: true,
      examples: [1, 5],
    },
    immutable: {
      kind: 'list',
      item: { kind: 'text', about: 'One tag or pattern.' },
      about:
        'Tags that never name another image once they exist: a tag, `semver:` or `regex:`, as in `tags`. One that was seen in sync is not asked about again.',
      fallback: 'no tag: every one is compared on every run',
      extension: true,
      examples: ['semver: >=0.0.0', 'regex: .+-[0-9]{8}'],
    },
    platform: {
      kind: 'texts',
      about:
        '`os/architecture[/variant]`, or `all` for every platform (not with the docker relay). A list of platforms, also of one, is copied as an index of these alone, with their attestations, by the relay `direct`; so is `windows(10.0.20348)/amd64`, a platform with the version of its os.',
      fallback: 'the platform of the machine that plans',
      examples: ['linux/arm64/v8', 'all', '[linux/amd64, linux/arm64]'],
    },
    'on-change': {
      kind: 'text',
      about:
        'What becomes of a tag that the target has with another content than the source: it is overwritten; or it stays and the image fails with `TAG_CHANGED`; or it stays without a word but in `plan`. By the relay `direct`, which looks right before it writes.',
      fallback: '`overwrite`',
      choices: ON_CHANGE_CHOICES,
      extension: true,
    },
    backup: {
      kind: 'text',
      about:
        'A further tag for what a tag of the target names when it is about to be overwritten: letters, digits and `_ . -` with `{tag}`, `{date}` (`20261128T093042Z`), `{digest}`, `{digest:12}` and `{repository}`. It is there before the tag moves, is a tag like any other from then on, and is never removed. By the relay `direct`.',
      fallback: 'none: what is overwritten has no name any more',
      extension: true,
      examples: ['{tag}-{date}', '{tag}-{digest:12}'],
    },
    'keep-digests': {
      kind: 'text',
      about:
        'Which images that a tag of the target had stay there when it moves, safe from garbage collection: a number, the one that it has among them, or a time since it was overwritten. Tags `regfleet.keep...` hold them, which are no tags for Regfleet, and are let go by the same rule. By the relay `direct`.',
      fallback: 'none that are overwritten',
      extension: true,
      examples: [10, '90d'],
    },
    trail: {
      kind: 'text',
      about:
        'By how much tags of the target are behind on purpose: each names what the source named so long ago. What the source has is brought at once and held there, so that it can vanish at the source meanwhile; what the source takes back within that time never appears. By the relay `direct`.',
      fallback: 'not at all: tags follow at once',
      extension: true,
      examples: ['7d', '36h'],
    },
    first: {
      kind: 'text',
      about:
        'Beside `trail`: what becomes of the first image of a tag that the target lacks. It waits as any other, or is there at once.',
      fallback: '`hold`',
      choices: TRAIL_FIRST_CHOICES,
      extension: true,
    },
    'platform-missing': {
      kind: 'text',
      about:
        'What becomes of an image that lacks a platform of the list: it fails, or is copied with those that it has. One that has none of them fails.',
      fallback: '`fail`',
      choices: MISSING_PLATFORM_CHOICES,
      extension: true,
    },
    ...referrersFields,
  },
  sample: `relay: skopeo
tasks:
- name: busybox
  source:
    registry: docker.io
  target:
    registry: registry.example.com
  mappings:
  - from: library/busybox
    to: mirror/busybox
    tags: ['semver: >=1.31.0 <2.0.0', 'keep: latest 5', 1.36]
    min-tags: 3
    immutable: ['semver: >=1.31.0']
    platform: all
`,
  differences: [
    'A target path that ends up with doubled or missing slashes is mended; dregsy fails when it copies.',
    'A tag that is selected twice is copied once.',
    'A filter that chooses none of the tags that a repository has, and a `regex:` in `from` that fits no repository, are warned of: in the log, by `plan`, in `status` and by a metric.',
  ],
} as const satisfies SectionField;

/** What becomes of firings that fell due while no scheduler ran. */
export const CATCH_UPS = ['once', 'none'];

export const taskSection = {
  kind: 'section',
  title: 'tasks',
  about: 'What is copied from where to where, and when.',
  oneOf: ['target', 'targets'],
  fields: {
    name: {
      kind: 'text',
      about: 'Names the task in commands, logs and metrics.',
      required: true,
      examples: ['busybox'],
    },
    interval: {
      kind: 'integer',
      cutsFractions: true,
      minimum: MIN_INTERVAL_S,
      maximum: MAX_INTERVAL_S,
      isZeroFine: true,
      about: `Seconds from one run to the next, at least ${MIN_INTERVAL_S}.`,
      fallback: '`0`: one run at start',
      examples: [3600],
    },
    schedule: {
      kind: 'text',
      about: 'Instead of `interval`: a cron expression of 5 fields, or 6 with seconds first.',
      extension: true,
      examples: ['0 3 * * *', '0 */15 * * * *'],
    },
    timezone: {
      kind: 'text',
      about:
        'IANA time zone of `schedule`. A time of day that its clocks skip fires by as much later as they jump; one that they show twice fires once, unless the schedule fires in every hour.',
      fallback: '`UTC`',
      extension: true,
      examples: ['Europe/Berlin'],
    },
    'catch-up': {
      kind: 'text',
      about:
        'What becomes of the firings that fell due while no scheduler ran: `once` runs the task once at return, `none` waits for the next one. One that is late by less than a minute is run in any case. Without effect in `sync`.',
      fallback: '`once`',
      choices: CATCH_UPS,
      extension: true,
      examples: ['none'],
    },
    relay: {
      kind: 'text',
      about: 'The relay of this task.',
      fallback: 'the `relay` of the file',
      choices: RELAY_NAMES,
      extension: true,
      examples: ['direct'],
    },
    source: { ...locationSection, required: true, about: 'Where images come from.' },
    target: { ...locationSection, fallback: '**required**, or `targets`', about: 'Where images go to.' },
    targets: {
      kind: 'list',
      item: locationSection,
      about:
        'Instead of `target`: several registries, or several paths of one, that all get the same. Each has copies, attempts and records of its own, and what becomes of one keeps no other waiting; the source is asked once for all, and read once by the relay `direct`.',
      fallback: '`target`',
      extension: true,
    },
    mappings: {
      kind: 'list',
      item: mappingSection,
      about: 'Which repositories and tags.',
      fallback: 'nothing is copied, with a warning',
    },
    retries: retriesSection,
    ...referrersFields,
    verbose: {
      kind: 'flag',
      about: 'The output of the relay goes to the log.',
      fallback: '`false`',
      examples: [true],
    },
  },
  sample: `relay: skopeo
tasks:
- name: busybox
  schedule: 0 3 * * *
  timezone: Europe/Berlin
  catch-up: none
  relay: direct
  source:
    registry: docker.io
  target:
    registry: registry.example.com
  mappings:
  - from: library/busybox
    tags: [latest]
  retries:
    attempts: 3
  verbose: true
`,
  differences: [
    'Tasks run beside each other; one task still never overlaps itself.',
    'An empty entry of the list is reported with its line; dregsy panics.',
    'With `verbose: false` the error output of a relay is kept for the error message; dregsy drops it.',
  ],
} as const satisfies SectionField;
