import { isRegistryHost, parseRegistryName, type RegistryConcurrency, type Side } from '@regfleet/model';
import { readCredentials } from '../credentials/read-credentials.ts';
import type { ConfigSection, RegistrySection } from '../schema/config.ts';
import { placeOf } from '../yaml/sourced.ts';
import { readAmazonKeys } from './aws.ts';
import type { ParseContext, RegistryDefaults } from './context.ts';
import { readDigestLister } from './digest-lister.ts';
import { readRates } from './rates.ts';
import { hasUserInfo } from './registry-name.ts';

/** What `registries` says, by host as written. */
export function readRegistries(
  config: ConfigSection,
  context: ParseContext,
): ReadonlyMap<string, RegistryDefaults> {
  const registries = new Map<string, RegistryDefaults>();
  for (const [host, section] of config.fields.registries?.value ?? []) {
    // Neither the key is repeated nor what is below it, whose places are told by the key.
    if (hasUserInfo(host, { ...section.at, path: 'registries' }, context)) continue;
    if (!isRegistryHost(host)) {
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

/** The same by the host of their names, as tasks look them up. */
export function byHost<T>(registries: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...registries].map(([host, value]) => [parseRegistryName(host).host, value]));
}

function readRegistry(section: RegistrySection, host: string, context: ParseContext): RegistryDefaults {
  const auth = readCredentials(section, context);
  const skipVerify = section.fields['skip-tls-verify']?.value;
  const certsDir = section.fields['certs-dir']?.value;
  const concurrency = readConcurrency(section, context);
  const rates = readRates(section, context);
  const digestLister = readDigestLister(section, context);
  return {
    ...(auth && { auth }),
    ...(skipVerify !== undefined && { skipVerify }),
    ...(certsDir && { certsDir }),
    ...(concurrency && { concurrency }),
    ...(rates && { rates }),
    ...(digestLister && { digestLister }),
    ...readAmazonKeys(section, parseRegistryName(host), context),
  };
}

const CONCURRENCY = { source: 'concurrency', target: 'target-concurrency' } as const;

function readConcurrency(section: RegistrySection, context: ParseContext): RegistryConcurrency | undefined {
  const limitOf = (side: Side): number | undefined => {
    const key = CONCURRENCY[side];
    const limit = section.fields[key]?.value;
    if (limit !== undefined && limit < 1) {
      context.report.error(placeOf(section, key), {
        rule: 'concurrency-invalid',
        message: `${key} must be 1 or more, not ${limit}`,
        hint: 'leave the key out for no limit',
      });
    }
    return limit;
  };
  const [source, target] = [limitOf('source'), limitOf('target')];
  if (source === undefined && target === undefined) return undefined;
  return { ...(source !== undefined && { source }), ...(target !== undefined && { target }) };
}
