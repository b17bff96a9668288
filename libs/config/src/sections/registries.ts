import { readCredentials } from '../credentials/read-credentials.ts';
import { canonicalHost } from '../registry-host.ts';
import type { ConfigSection, RegistrySection } from '../schema/config.ts';
import { placeOf } from '../yaml/sourced.ts';
import { readAmazonKeys } from './aws.ts';
import type { ParseContext, RegistryDefaults } from './context.ts';

// https://github.com/distribution/reference: domain with optional port
const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::\d{1,5})?$/;

/** What `registries` says, by host as written. */
export function readRegistries(
  config: ConfigSection,
  context: ParseContext,
): ReadonlyMap<string, RegistryDefaults> {
  const registries = new Map<string, RegistryDefaults>();
  for (const [host, section] of config.fields.registries?.value ?? []) {
    if (!HOST.test(host)) {
      context.report.error(section.at, {
        rule: 'registry-host-invalid',
        message: `"${host}" is not a registry host`,
        hint: 'write host or host:port, without scheme and path',
      });
    }
    registries.set(host, readRegistry(section, host, context));
  }
  return registries;
}

/** The same by canonical host, as tasks look them up. */
export function byCanonicalHost<T>(registries: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...registries].map(([host, value]) => [canonicalHost(host), value]));
}

function readRegistry(section: RegistrySection, host: string, context: ParseContext): RegistryDefaults {
  const auth = readCredentials(section, context);
  const skipVerify = section.fields['skip-tls-verify']?.value;
  const certsDir = section.fields['certs-dir']?.value;
  const maxConcurrency = section.fields.concurrency?.value;
  if (maxConcurrency !== undefined && maxConcurrency < 1) {
    context.report.error(placeOf(section, 'concurrency'), {
      rule: 'concurrency-invalid',
      message: `concurrency must be 1 or more, not ${maxConcurrency}`,
      hint: 'leave the key out for no limit',
    });
  }
  return {
    ...(auth && { auth }),
    ...(skipVerify !== undefined && { skipVerify }),
    ...(certsDir && { certsDir }),
    ...(maxConcurrency !== undefined && { maxConcurrency }),
    ...readAmazonKeys(section, host, context),
  };
}
