import { type AuthSettings, type Location, type RelayName, relaysThat, type Side } from '@regfleet/model';
import { readCredentials } from '../credentials/read-credentials.ts';
import type { LocationSection, TaskSection } from '../schema/config.ts';
import { placeOf } from '../yaml/sourced.ts';
import { readAmazonKeys } from './aws.ts';
import type { ParseContext, RegistryDefaults, TaskDefaults } from './context.ts';
import { readLister } from './location-lister.ts';
import { readRegistryName, type WrittenRegistry } from './registry-name.ts';

const MIN_AUTH_REFRESH_MS = 3_600_000;
const AMBIENT: AuthSettings = { kind: 'ambient' };

export type LocationDefaults = TaskDefaults & { readonly taskRelay: RelayName };

/** Where a task reads from; undefined when it cannot be told which registry it is, which has been reported. */
export function readSource(
  task: TaskSection,
  defaults: LocationDefaults,
  context: ParseContext,
): Location | undefined {
  const section = task.fields.source?.value;
  if (section !== undefined) return readLocation(section, 'source', defaults, context);
  if (!task.broken.has('source')) {
    context.report.error(placeOf(task, 'source'), {
      rule: 'source-missing',
      message: 'the task has no source',
      hint: 'add source: with a registry: below it',
    });
  }
  return undefined;
}

/** One side of a task; undefined when it cannot be told which registry it is, which has been reported. */
export function readLocation(
  section: LocationSection,
  side: Side,
  defaults: LocationDefaults,
  context: ParseContext,
): Location | undefined {
  const name = readRegistryName(section, context);
  const lister = readLister(section, context);
  const auth = readCredentials(section, context);
  const authRefreshMs = readAuthRefresh(section, name, context);
  const own = readAmazonKeys(section, name?.registry, context);
  warnOfUnusedSkip(section, defaults.taskRelay, context);
  warnOfUnusedEcr(section, side, context);
  if (name === undefined) return undefined;

  const { registry, ecrPublic } = name;
  const inherited: RegistryDefaults = defaults.registries.get(registry.host) ?? {};
  return {
    registry,
    auth: auth ?? inherited.auth ?? AMBIENT,
    ...(authRefreshMs !== undefined && { authRefreshMs }),
    ...(ecrPublic && { ecrPublic }),
    ...amazonSettings(side, own, inherited),
    tls: {
      skipVerify: section.fields['skip-tls-verify']?.value ?? inherited.skipVerify ?? false,
      certsDir: inherited.certsDir ?? defaults.certsDir,
    },
    ...(inherited.concurrency && { concurrency: inherited.concurrency }),
    ...(lister && { lister }),
    ...(inherited.digestLister && { digestLister: inherited.digestLister }),
  };
}

function readAuthRefresh(
  section: LocationSection,
  name: WrittenRegistry | undefined,
  { report }: ParseContext,
): number | undefined {
  const refresh = section.fields['auth-refresh'];
  if (refresh === undefined) return undefined;
  if (refresh.value < MIN_AUTH_REFRESH_MS) {
    report.warning(refresh.at, {
      rule: 'auth-refresh-too-short',
      message: 'auth-refresh raised to its minimum of 1h',
      hint: 'write 1h or more',
    });
  }
  if (name !== undefined && name.ecr === undefined) {
    report.error(refresh.at, {
      rule: 'auth-refresh-not-ecr',
      message: `"${name.registry.text}" wants authentication refresh but is not an ECR registry`,
      hint: 'remove auth-refresh: it only renews the logins of <account>.dkr.ecr.<region>.amazonaws.com and public.ecr.aws, without a port',
    });
  }
  return Math.max(refresh.value, MIN_AUTH_REFRESH_MS);
}

function amazonSettings(
  side: Side,
  own: RegistryDefaults,
  inherited: RegistryDefaults,
): Pick<Location, 'aws' | 'newRepositories'> {
  const aws = own.aws ?? inherited.aws;
  const newRepositories = { ...inherited.newRepositories, ...own.newRepositories };
  const makesRepositories = side === 'target' && Object.keys(newRepositories).length > 0;
  return { ...(aws && { aws }), ...(makesRepositories && { newRepositories }) };
}

function warnOfUnusedEcr(section: LocationSection, side: Side, { report }: ParseContext): void {
  const ecr = section.fields.ecr;
  if (ecr === undefined || side === 'target') return;
  report.warning(ecr.at, {
    rule: 'ecr-of-source',
    message: 'repositories are only made at the target; ecr has no effect here',
    hint: 'move ecr to the target, or to registries',
  });
}

function warnOfUnusedSkip(section: LocationSection, relay: RelayName, { report }: ParseContext): void {
  const skip = section.fields['skip-tls-verify'];
  if (skip?.value !== true || relay !== 'docker') return;
  report.warning(skip.at, {
    rule: 'skip-tls-verify-unused',
    message:
      'the docker relay pulls and pushes by the settings of its daemon; this only affects what is listed and compared',
    hint: `add the registry to insecure-registries of the daemon, or use relay: ${relaysThat('honoursTlsSettings')}`,
  });
}
