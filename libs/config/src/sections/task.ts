import type { Location } from '@regfleet/model';
import { fingerprintOf } from '../fingerprint.ts';
import type { Task } from '../model.ts';
import type { TaskSection } from '../schema/config.ts';
import { type Place, placeOf } from '../yaml/sourced.ts';
import type { ParseContext, TaskDefaults } from './context.ts';
import { readSource } from './location.ts';
import { checkRepositoryList } from './location-lister.ts';
import { hasRegexFrom, type ReadMapping, readMapping } from './mapping.ts';
import { readReferrers } from './referrers.ts';
import { readRelay } from './relay.ts';
import { readRetries } from './retries.ts';
import { readSchedule } from './schedule.ts';
import { readTargets } from './targets.ts';

/** What could be read of a task; complete where nothing was reported. */
export interface ReadTask {
  readonly definition: Omit<Task, 'id' | 'mappings' | 'source' | 'targets'> & {
    readonly source: Location | undefined;
    readonly targets: readonly Location[] | undefined;
  };
  readonly mappings: readonly ReadMapping[];
  /** Of the name. */
  readonly at: Place;
}

export function readTask(section: TaskSection, defaults: TaskDefaults, context: ParseContext): ReadTask {
  const name = readName(section, context);
  const schedule = readSchedule(section, context);
  const relay = readRelay(section.fields.relay, defaults.relay, context);
  const locationDefaults = { ...defaults, taskRelay: relay };
  const source = readSource(section, locationDefaults, context);
  const targets = readTargets(section, locationDefaults, context);
  const written = section.fields.mappings?.value ?? [];
  if (written.length === 0 && !section.broken.has('mappings')) warnOfNoMappings(section, name, context);
  const referrers = readReferrers(section, defaults.referrers, context);
  const inherited = { relay, referrers };
  const mappings = written.flatMap((entry) => readMapping(entry, inherited, context) ?? []);
  if (written.some(({ value }) => value !== undefined && hasRegexFrom(value))) {
    checkRepositoryList(section, source?.lister, context);
  }
  const definition = {
    name,
    ...(schedule && { schedule }),
    relay,
    retries: readRetries(section.fields.retries?.value, defaults.retries, context),
    verbose: section.fields.verbose?.value ?? false,
  };
  const fingerprint = source && targets ? fingerprintOf({ ...definition, source, targets }, mappings) : '';
  return {
    definition: { ...definition, source, targets, fingerprint },
    mappings,
    at: placeOf(section, 'name'),
  };
}

function warnOfNoMappings(section: TaskSection, name: string, { report }: ParseContext): void {
  report.warning(placeOf(section, 'mappings'), {
    rule: 'mappings-missing',
    message: `the task "${name}" has no mappings: it copies nothing`,
    hint: 'write mappings: with a - from: for each repository, or remove the task',
  });
}

function readName(section: TaskSection, { report }: ParseContext): string {
  const name = section.fields.name?.value ?? '';
  if (name === '' && !section.broken.has('name')) {
    report.error(placeOf(section, 'name'), {
      rule: 'task-name-missing',
      message: 'a task needs a name',
      hint: 'add name: with a word for commands and logs',
    });
  }
  return name;
}
