import type { Section, SectionField } from '../schema/field.ts';
import type { RelayConfig } from './contract.ts';
import { readSilence } from './silence.ts';

export interface SkopeoSettings {
  readonly binary: string;
  readonly certsDir: string;
  /** How long a skopeo may move no byte. */
  readonly silenceMs: number;
}

const DEFAULT_SKOPEO_BINARY = 'skopeo';
const DEFAULT_SKOPEO_SILENCE_MS = 600_000;
const DEFAULT_CERTS_DIR = '/etc/skopeo/certs.d';

const section = {
  kind: 'section',
  title: 'skopeo',
  about: 'The skopeo relay, and where certificates are.',
  fields: {
    binary: {
      kind: 'text',
      about:
        'Name or path of the skopeo command. A script in its place has to end with `exec skopeo "$@"`, so that no skopeo goes on alone when a worker is killed.',
      fallback: `\`${DEFAULT_SKOPEO_BINARY}\`, found on \`PATH\``,
      examples: ['/usr/local/bin/skopeo'],
    },
    'certs-dir': {
      kind: 'text',
      about:
        'Folder with one folder per registry host that holds its `*.crt`, `*.cert` and `*.key` files; the folder is named by the host alone, or by host and port.',
      fallback: `\`${DEFAULT_CERTS_DIR}\``,
      examples: ['/etc/containers/certs.d'],
    },
    silence: {
      kind: 'duration',
      about:
        'How long a skopeo and what it started may move no byte before its copy is given up; whether it prints anything does not matter. At least `1s`. Where there is no `/proc`, it is never given up.',
      fallback: '`10m`',
      examples: ['30m'],
      extension: true,
    },
  },
  sample: `relay: skopeo
skopeo:
  binary: skopeo
  certs-dir: /etc/skopeo/certs.d
`,
  differences: [
    '`certs-dir` is also used when tags, repositories and digests are asked for, and with every relay.',
  ],
} as const satisfies SectionField;

type File = Section<{ readonly skopeo: typeof section }>;

export const skopeoConfig = {
  section,
  read(file, { report }) {
    const fields = file.fields.skopeo?.value.fields;
    return {
      binary: fields?.binary?.value || DEFAULT_SKOPEO_BINARY,
      certsDir: fields?.['certs-dir']?.value || DEFAULT_CERTS_DIR,
      silenceMs: readSilence(fields?.silence, DEFAULT_SKOPEO_SILENCE_MS, report),
    };
  },
} as const satisfies RelayConfig<File, SkopeoSettings>;
