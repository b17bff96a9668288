import type { SectionField } from './field.ts';

export const DEFAULT_REFERRERS_CHECK_MS = 60 * 60_000;

export const SIGNATURE_CHOICES = ['optional', 'required'];

const referrersSection = {
  kind: 'section',
  title: 'referrers',
  about:
    'Whether signatures, SBOMs and other referrers of an image go with it: `true`, `false`, or which ones. Only with the direct relay. Nothing is verified.',
  intro:
    'Which referrers of an image go with it. What refers to a referrer goes with that; the tags that cosign keeps for an image (`.sig`, `.att`, `.sbom`) always do.',
  fallback: 'what the level above says: the task, the file; `false` there',
  extension: true,
  isFlagToo: true,
  examples: [true],
  fields: {
    'artifact-types': {
      kind: 'list',
      item: { kind: 'text', about: 'A media type.' },
      about: 'Artifact types; a referrer has to have one of them.',
      fallback: 'any',
      extension: true,
      examples: ['application/vnd.dev.sigstore.bundle.v0.3+json', 'application/spdx+json'],
    },
    annotations: {
      kind: 'dictionary',
      keys: 'annotation',
      item: { kind: 'text', about: 'Its value.' },
      about: 'Annotations; a referrer has to have all of them, with these values.',
      fallback: 'any',
      extension: true,
    },
  },
  sample: `relay: direct
referrers-check: 6h
tasks:
- name: app
  source:
    registry: registry.example.com
  target:
    registry: mirror.example.com
  mappings:
  - from: team/app
    platform: all
    signatures: required
    referrers:
      artifact-types: [application/vnd.dev.sigstore.bundle.v0.3+json]
      annotations:
        org.example.stage: released
`,
} as const satisfies SectionField;

/** The same keys in a mapping, a task and the file. */
export const referrersFields = {
  referrers: referrersSection,
  'referrers-check': {
    kind: 'duration',
    about:
      'For how long it is believed that nothing was attached to an image that is in sync; then its source is asked.',
    fallback: 'what the level above says: the task, the file; `1h` there',
    extension: true,
    examples: ['6h'],
  },
  signatures: {
    kind: 'text',
    about:
      'Whether an image needs a signature that goes along with it: `required` holds one without back with `SIGNATURE_MISSING`, until a run finds it signed. Only whether there is one is looked at; nothing is verified.',
    fallback: 'what the level above says: the task, the file; `optional` there',
    choices: SIGNATURE_CHOICES,
    extension: true,
    examples: ['required'],
  },
} as const;
