import type { SectionField } from './field.ts';

export const DEFAULT_SKOPEO_BINARY = 'skopeo';
export const DEFAULT_DOCKER_SILENCE_MS = 600_000;
export const DEFAULT_SKOPEO_SILENCE_MS = 600_000;
export const DEFAULT_CERTS_DIR = '/etc/skopeo/certs.d';

export const dockerSection = {
  kind: 'section',
  title: 'docker',
  about: 'How the docker relay reaches its daemon.',
  fallback: 'the environment decides',
  fields: {
    dockerhost: {
      kind: 'text',
      about: 'Address of the daemon, `proto://addr`.',
      fallback: '`DOCKER_HOST`, else the local socket',
      examples: ['unix:///var/run/docker.sock', 'tcp://127.0.0.1:2375'],
    },
    'api-version': {
      kind: 'text',
      about: 'API version to speak with the daemon.',
      fallback: 'negotiated',
      examples: ['1.41'],
    },
    'keep-images': {
      kind: 'flag',
      about:
        'What was pulled stays on the daemon, under the name of the source: later copies fetch less, and nobody frees the disk.',
      fallback: '`false`',
      examples: [true],
      extension: true,
    },
    silence: {
      kind: 'duration',
      about:
        'How long the daemon may say nothing new in the middle of a pull or push before the copy is given up. At least `1s`.',
      fallback: '`10m`',
      examples: ['30m'],
      extension: true,
    },
  },
  sample: `relay: docker
docker:
  dockerhost: unix:///var/run/docker.sock
  api-version: 1.41
`,
  differences: [
    'dregsy reads no `DOCKER_HOST`, and speaks API 1.41 unless told otherwise; here the version is negotiated.',
    'dregsy leaves every image on the daemon; here images and tags of a copy are removed after it, unless `keep-images` is set.',
    'The section may be left out without a warning.',
  ],
} as const satisfies SectionField;

export const skopeoSection = {
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
