import type { Fields, Section, SectionField } from '../schema/field.ts';
import { placeOf, type Sourced } from '../yaml/sourced.ts';
import type { RelayConfig, RelayContext } from './contract.ts';
import { readSilence } from './silence.ts';

export interface DockerSettings {
  /** `proto://addr` of the daemon; absent: `DOCKER_HOST`, else the local socket. */
  readonly host?: string;
  /** Absent: negotiated. */
  readonly apiVersion?: string;
  /** True: what was pulled stays on the daemon. */
  readonly keepImages: boolean;
  /** How long the daemon may be silent within a pull or push. */
  readonly silenceMs: number;
}

const DEFAULT_DOCKER_SILENCE_MS = 600_000;

const section = {
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

/** Keys at the top of the file from before there was a section. */
export const deprecatedDockerFields = {
  dockerhost: {
    kind: 'text',
    about: 'Address of the docker daemon.',
    deprecated: { since: 'dregsy', instead: 'docker.dockerhost' },
  },
  'api-version': {
    kind: 'text',
    about: 'API version of the docker daemon.',
    deprecated: { since: 'dregsy', instead: 'docker.api-version' },
  },
} as const satisfies Fields;

type File = Section<{ readonly docker: typeof section } & typeof deprecatedDockerFields>;

export const dockerConfig = {
  section,
  read(file, context) {
    const given = file.fields.docker?.value;
    reportDeprecatedKeys(file, context);
    const keepImages = given?.fields['keep-images']?.value ?? false;
    const from = given ?? (context.relay === 'docker' ? file : undefined);
    const silenceMs = readSilence(given?.fields.silence, DEFAULT_DOCKER_SILENCE_MS, context.report);
    return { ...daemonSettings(from?.fields.dockerhost, from?.fields['api-version']), keepImages, silenceMs };
  },
  // dregsy passes over the address else.
  checkUse(file, { report }) {
    const host = (file.fields.docker?.value ?? file).fields.dockerhost;
    if (host === undefined || host.value === '' || /^[a-z][a-z0-9+.-]*:\/\/./i.test(host.value)) return;
    report.error(host.at, {
      rule: 'dockerhost-invalid',
      message: `"${host.value}" is not an address of a docker daemon`,
      hint: 'write proto://addr, e.g. unix:///var/run/docker.sock or tcp://127.0.0.1:2375',
    });
  },
} as const satisfies RelayConfig<File, DockerSettings>;

function daemonSettings(
  host: Sourced<string> | undefined,
  apiVersion: Sourced<string> | undefined,
): Pick<DockerSettings, 'apiVersion' | 'host'> {
  return {
    ...(host?.value && { host: host.value }),
    ...(apiVersion?.value && { apiVersion: apiVersion.value }),
  };
}

function reportDeprecatedKeys(file: File, { relay, report }: RelayContext): void {
  for (const key of ['dockerhost', 'api-version'] as const) {
    if ((file.fields[key]?.value ?? '') === '') continue;
    const at = placeOf(file, key);
    if (relay !== 'docker' && key === 'dockerhost') {
      report.error(at, {
        rule: 'dockerhost-contradicts-relay',
        message: `dockerhost at the top of the file implies the docker relay, but relay is ${relay}`,
        hint: 'remove it, or write docker: {dockerhost: ...} for tasks with relay: docker',
      });
      continue;
    }
    const isIgnored = file.fields.docker !== undefined || relay !== 'docker';
    report.warning(at, {
      rule: 'key-deprecated',
      message: isIgnored
        ? `${key} at the top of the file is deprecated, and ignored here`
        : `${key} at the top of the file is deprecated`,
      hint: isIgnored ? 'remove it' : `write docker: {${key}: ...}`,
    });
  }
}
