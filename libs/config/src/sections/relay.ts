import { isRelayName, RELAY_NAMES, type RelayName } from '@regfleet/model';
import type { DockerSettings, SkopeoSettings } from '../model.ts';
import type { ConfigSection } from '../schema/config.ts';
import {
  DEFAULT_CERTS_DIR,
  DEFAULT_DOCKER_SILENCE_MS,
  DEFAULT_SKOPEO_BINARY,
  DEFAULT_SKOPEO_SILENCE_MS,
} from '../schema/relays.ts';
import { placeOf, type Sourced } from '../yaml/sourced.ts';
import type { ParseContext } from './context.ts';

/** The relay that `entry` names. An unknown one is reported and read as `direct`, which rules nothing else out. */
export function readRelay(
  entry: Sourced<string> | undefined,
  fallback: RelayName,
  { report }: ParseContext,
): RelayName {
  if (entry === undefined || entry.value === '') return fallback;
  if (isRelayName(entry.value)) return entry.value;
  report.error(entry.at, {
    rule: 'relay-unknown',
    message: `"${entry.value}" is not a relay`,
    hint: `use one of ${RELAY_NAMES.join(', ')}`,
  });
  return 'direct';
}

export function readSkopeoSettings(config: ConfigSection, context: ParseContext): SkopeoSettings {
  const fields = config.fields.skopeo?.value.fields;
  return {
    binary: fields?.binary?.value || DEFAULT_SKOPEO_BINARY,
    certsDir: fields?.['certs-dir']?.value || DEFAULT_CERTS_DIR,
    silenceMs: readSilence(fields?.silence, DEFAULT_SKOPEO_SILENCE_MS, context),
  };
}

const MIN_SILENCE_MS = 1_000;

function readSilence(
  entry: Sourced<number> | undefined,
  fallbackMs: number,
  { report }: ParseContext,
): number {
  if (entry === undefined || entry.value >= MIN_SILENCE_MS) return entry?.value ?? fallbackMs;
  report.error(entry.at, {
    rule: 'silence-invalid',
    message: 'silence must be 1s or more',
    hint: 'write a duration such as 5m; copies that move nothing for so long are given up',
  });
  return fallbackMs;
}

/** The docker settings, from the section or from the deprecated keys that came before it. */
export function readDockerSettings(
  config: ConfigSection,
  relay: RelayName,
  context: ParseContext,
): DockerSettings {
  const section = config.fields.docker?.value;
  reportDeprecatedKeys(config, relay, context);
  const keepImages = section?.fields['keep-images']?.value ?? false;
  const from = section ?? (relay === 'docker' ? config : undefined);
  const silenceMs = readSilence(section?.fields.silence, DEFAULT_DOCKER_SILENCE_MS, context);
  return { ...daemonSettings(from?.fields.dockerhost, from?.fields['api-version']), keepImages, silenceMs };
}

/** For when a docker relay is in use; dregsy passes over the address else. */
export function checkDockerHost(config: ConfigSection, { report }: ParseContext): void {
  const host = (config.fields.docker?.value ?? config).fields.dockerhost;
  if (host === undefined || host.value === '' || /^[a-z][a-z0-9+.-]*:\/\/./i.test(host.value)) return;
  report.error(host.at, {
    rule: 'dockerhost-invalid',
    message: `"${host.value}" is not an address of a docker daemon`,
    hint: 'write proto://addr, e.g. unix:///var/run/docker.sock or tcp://127.0.0.1:2375',
  });
}

function daemonSettings(
  host: Sourced<string> | undefined,
  apiVersion: Sourced<string> | undefined,
): Pick<DockerSettings, 'apiVersion' | 'host'> {
  return {
    ...(host?.value && { host: host.value }),
    ...(apiVersion?.value && { apiVersion: apiVersion.value }),
  };
}

function reportDeprecatedKeys(config: ConfigSection, relay: RelayName, { report }: ParseContext): void {
  for (const key of ['dockerhost', 'api-version'] as const) {
    if ((config.fields[key]?.value ?? '') === '') continue;
    const at = placeOf(config, key);
    if (relay !== 'docker' && key === 'dockerhost') {
      report.error(at, {
        rule: 'dockerhost-contradicts-relay',
        message: `dockerhost at the top of the file implies the docker relay, but relay is ${relay}`,
        hint: 'remove it, or write docker: {dockerhost: ...} for tasks with relay: docker',
      });
      continue;
    }
    const isIgnored = config.fields.docker !== undefined || relay !== 'docker';
    report.warning(at, {
      rule: 'key-deprecated',
      message: isIgnored
        ? `${key} at the top of the file is deprecated, and ignored here`
        : `${key} at the top of the file is deprecated`,
      hint: isIgnored ? 'remove it' : `write docker: {${key}: ...}`,
    });
  }
}
