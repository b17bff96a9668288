import { type Location, parseRegistryName } from '@regfleet/model';
import { lintOntoItself } from './lints/onto-itself.ts';
import { lintSameTargets } from './lints/same-target.ts';
import { lintUnmetered } from './lints/unmetered.ts';
import type { ParsedConfig, SyncConfig } from './model.ts';
import { checkUsedRelays, readRelaySettings } from './relays/index.ts';
import { Report } from './report.ts';
import { type ConfigSection, configSchema } from './schema/config.ts';
import { DEFAULT_RETRIES } from './schema/globals.ts';
import type { ParseContext, RegistryDefaults } from './sections/context.ts';
import { readListerLimits } from './sections/global-lister.ts';
import { readGiveUpAfterMs, readLimits } from './sections/limits.ts';
import { readReceivers } from './sections/notify.ts';
import { readRedis } from './sections/redis.ts';
import { NO_REFERRERS, readReferrers, ruleOf } from './sections/referrers.ts';
import { byHost, readRegistries } from './sections/registries.ts';
import { readRelay } from './sections/relay.ts';
import { readRetries } from './sections/retries.ts';
import { identifyTasks, readTasks } from './sections/tasks.ts';
import { parseYaml } from './yaml/document.ts';
import { readDocument } from './yaml/read.ts';
import { placeOf } from './yaml/sourced.ts';

/** What `file` is where the text came from standard input. */
export const STDIN_NAME = '<stdin>';

export interface ParseOptions extends Omit<ParseContext, 'report'> {}

/**
 * Reads the text of a config file. Pure: nothing is asked but `options`.
 *
 * @param options.secrets - with `elsewhere` the result is only for being looked at: it lacks the logins that are not here.
 * @param options.fileExists - whether a `password-file` can be read; absent: such files are not checked.
 * @param options.publicAccess - what everybody may do with a file, this one included; absent: that is not checked.
 */
export function parseConfig(text: string, options: ParseOptions): ParsedConfig {
  const { written, ...parsed } = parseWritten(text, options);
  return parsed;
}

/** What was read, beside what it was read from. */
export interface WrittenConfig extends ParsedConfig {
  /** The file, key by key; absent where it could not be read as that. */
  readonly written?: ConfigSection;
}

/** As `parseConfig`. */
export function parseWritten(text: string, options: ParseOptions): WrittenConfig {
  const report = new Report(options.file);
  const document = parseYaml(text, report);
  const file = document && readDocument(document, configSchema, report);
  if (file === undefined) return { issues: report.issues() };
  const config = readConfig(file, { ...options, report });
  const issues = report.issues();
  return { written: file, issues, ...(!report.hasErrors && { config }) };
}

function readConfig(file: ConfigSection, context: ParseContext): SyncConfig {
  const relay = readRelay(file.fields.relay, 'docker', context);
  const relayContext = { report: context.report, relay };
  const relaySettings = readRelaySettings(file, relayContext);
  const { certsDir } = relaySettings.skopeo;
  const lister = readListerLimits(file, context);
  const redis = readRedis(file, context);
  const registries = readRegistries(file, context);
  const retries = readRetries(file.fields.retries?.value, DEFAULT_RETRIES, context);
  const giveUpAfterMs = readGiveUpAfterMs(file, context);
  const referrers = readReferrers(file, NO_REFERRERS, context);
  const rule = ruleOf(referrers);
  const defaults = { relay, retries, certsDir, registries: byHost(registries), referrers };
  const tasks = readTasks(file, defaults, context);
  checkUsedRelays(file, new Set([relay, ...tasks.map(({ definition }) => definition.relay)]), relayContext);
  lintOntoItself(tasks, context.report);
  lintSameTargets(tasks, context.report);
  lintUnmetered(file, tasks, context.report);
  return {
    file: context.file,
    ...relaySettings,
    lister,
    ...(redis && { redis }),
    registries: new Map([...registries].map(([host, given]) => [host, locationOf(host, given, certsDir)])),
    rates: ratesOf(registries),
    tasks: identifyTasks(tasks, context),
    watch: readWatch(file, context),
    receivers: readReceivers(file, context),
    relay,
    retries,
    limits: readLimits(file, context),
    ...(giveUpAfterMs !== undefined && { giveUpAfterMs }),
    ...(rule !== undefined && { referrers: rule }),
  };
}

function readWatch(file: ConfigSection, { report, file: name }: ParseContext): boolean {
  const isWanted = file.fields.watch?.value ?? false;
  if (!isWanted || name !== STDIN_NAME) return isWanted;
  report.warning(placeOf(file, 'watch'), {
    rule: 'watch-without-file',
    message: 'watch has no effect: standard input cannot be watched',
    hint: 'name a file with -c, or remove watch',
  });
  return false;
}

const ratesOf = (registries: ReadonlyMap<string, RegistryDefaults>): SyncConfig['rates'] =>
  new Map(
    [...byHost(registries)].flatMap(([host, { rates }]) => (rates === undefined ? [] : [[host, rates]])),
  );

function locationOf(host: string, given: RegistryDefaults, certsDir: string): Location {
  return {
    registry: parseRegistryName(host),
    auth: given.auth ?? { kind: 'ambient' },
    tls: { skipVerify: given.skipVerify ?? false, certsDir: given.certsDir ?? certsDir },
    ...(given.concurrency && { concurrency: given.concurrency }),
    ...(given.digestLister && { digestLister: given.digestLister }),
    ...(given.aws && { aws: given.aws }),
    ...(given.newRepositories && { newRepositories: given.newRepositories }),
  };
}
