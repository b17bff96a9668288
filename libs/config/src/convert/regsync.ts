import { isSyncError, parseReference, type Reference } from '@regfleet/model';
import { stringify } from 'yaml';
import { parseTagFilter } from '../tags/filter.ts';
import { parseDuration } from '../yaml/duration.ts';
import type { ConvertedConfig } from './contract.ts';
import { type Ends, joinedEntries } from './joined-entries.ts';
import {
  ConvertNotes,
  type Dictionary,
  dictionaryOf,
  listOf,
  readDictionary,
  TaskNames,
  textOf,
  textsOf,
} from './plain.ts';
import { backupOf } from './regsync-backup.ts';
import { registriesOf } from './regsync-logins.ts';

// Where nothing is said the entry has no equal, and needs none: it is about how, not what.
const NO_EQUAL = 'has no equal here, and was passed over';

const KNOWN: Readonly<Record<string, string | undefined>> = {
  source: undefined,
  target: undefined,
  type: undefined,
  tags: undefined,
  tagSets: undefined,
  repos: undefined,
  interval: undefined,
  schedule: undefined,
  platform: undefined,
  referrers: undefined,
  platforms: 'chooses platforms out of an index; here all of them are copied',
  digestTags:
    'tags that begin with sha256- are copied where tags choose them; what refers to an image goes with referrers: true',
  referrerFilters: 'see referrers in docs/config.md for which ones go with an image; here all of them do',
  referrerSource: NO_EQUAL,
  referrerTarget: NO_EQUAL,
  referrerSlow: NO_EQUAL,
  fastCheck: 'needs no equal: two digests are compared',
  forceRecursive: 'has no equal: what is in sync is not looked into',
  includeExternal: NO_EQUAL,
  backup: undefined,
  ratelimit: 'needs no equal: what a registry says of its limits is heeded',
  mediaTypes: NO_EQUAL,
  hooks: 'has no equal: nothing is run',
};

const DEFAULTS: typeof KNOWN = {
  ...KNOWN,
  parallel: 'has no equal: how many copies are worth their while is found out, or --concurrency says it',
  blobLimit: NO_EQUAL,
  cacheCount: NO_EQUAL,
  cacheTime: NO_EQUAL,
  skipDockerConfig: 'write auth: none for registries that are to be asked without a login',
  userAgent: NO_EQUAL,
};

/** The config of regsync as one of ours: a task for each entry of `sync`, or for those that differ in their target alone. @throws {SyncError} `CONFIG_UNREADABLE` */
export function convertRegsync(text: string, file: string): ConvertedConfig {
  const notes = new ConvertNotes();
  const whole = readDictionary(text, file);
  notes.addUnknown('$', whole, {
    version: undefined,
    creds: undefined,
    defaults: undefined,
    sync: undefined,
  });
  const defaults = dictionaryOf(whole.defaults);
  notes.addUnknown('defaults', defaults, DEFAULTS);
  const names = new TaskNames();
  const entries = listOf(whole.sync).flatMap((entry, index) => {
    const path = `sync[${index}]`;
    const given = dictionaryOf(entry);
    notes.addUnknown(path, given, KNOWN);
    const ends = endsOf({ ...given, ...scheduleKeys(given, defaults) }, path, notes);
    if (ends === undefined) return [];
    const backup = backupOf(given, defaults, { path, notes });
    const mappings = ends.mappings.map((mapping) => ({ ...mapping, ...backup }));
    const timing = timingOf(scheduleKeys(given, defaults), path, notes);
    return [{ ends: { ...ends, mappings }, how: { ...timing, ...referrersOf(given, defaults) } }];
  });
  const tasks = joinedEntries(entries).map(({ ends: { name, ...ends }, how }) => ({
    name: names.next(name),
    ...how,
    ...ends,
  }));
  const registries = registriesOf(listOf(whole.creds), notes);
  return {
    yaml: stringify({ relay: 'direct', ...(registries && { registries }), tasks }),
    notes: notes.all,
  };
}

const scheduleKeys = (given: Dictionary, defaults: Dictionary): Dictionary => {
  const { interval, schedule } = given.interval || given.schedule ? given : defaults;
  return { interval, schedule };
};

const referrersOf = (given: Dictionary, defaults: Dictionary): Dictionary =>
  (given.referrers ?? defaults.referrers) === true ? { referrers: true } : {};

/** Source, target and what is chosen; absent: the entry is left out, and a note says why. */
function endsOf(given: Dictionary, path: string, notes: ConvertNotes): Ends | undefined {
  const [source, target] = [textOf(given.source) ?? '', textOf(given.target) ?? ''];
  if (/\{\{/.test(source + target)) return notes.leftOut(path, 'has a template in source or target');
  if (`${source} ${target}`.includes('ocidir://'))
    return notes.leftOut(path, 'reads or writes a folder, not a registry');
  const tags = tagsOf(given, path, notes);
  if (tags === undefined) return undefined;
  const platform = textOf(given.platform) || 'all';
  switch (textOf(given.type)) {
    case 'registry':
      return registryEnds({ given, source, target, tags, platform }, path, notes);
    case 'repository':
      return repositoryEnds({ source, target, tags, platform }, path, notes);
    case 'image':
      return imageEnds({ source, target, platform }, path, notes);
    default:
      return notes.leftOut(path, `has a type that is not known: ${textOf(given.type) ?? 'none'}`);
  }
}

/** Absent: cannot be said here. */
function tagsOf(given: Dictionary, path: string, notes: ConvertNotes): readonly string[] | undefined {
  const { allow, deny, semverRange } = dictionaryOf(given.tags);
  if (listOf(semverRange).length > 0 || listOf(given.tagSets).length > 0)
    return notes.leftOut(
      path,
      'semverRange and tagSets have no exact equal: write tags by hand, as semver: >=1.2.0',
    );
  const tags = [
    ...textsOf(allow).map((filter) => `regex: ${whole(filter)}`),
    ...textsOf(deny).map((filter) => `keep: !${whole(filter)}`),
  ];
  try {
    parseTagFilter(tags);
    return tags;
  } catch (error) {
    return notes.leftOut(`${path}.tags`, isSyncError(error) ? error.message : 'is no filter');
  }
}

// As regsync does it: without a group, so that a|b begins with a or ends with b.
const whole = (filter: string): string => `^${filter}$`;

interface Choice {
  readonly source: string;
  readonly target: string;
  readonly tags: readonly string[];
  readonly platform: string;
}

function repositoryEnds(
  { source, target, tags, platform }: Choice,
  path: string,
  notes: ConvertNotes,
): Ends | undefined {
  const [from, to] = [read(source), read(target)];
  if (from === undefined || to === undefined) return notes.leftOut(path, 'source or target is no repository');
  return endsFor(from, to, { platform, ...(tags.length > 0 && { tags }) });
}

function imageEnds(
  { source, target, platform }: Omit<Choice, 'tags'>,
  path: string,
  notes: ConvertNotes,
): Ends | undefined {
  const [from, to] = [read(source), read(target)];
  if (from === undefined || to === undefined) return notes.leftOut(path, 'source or target is no image');
  const wanted = to.tag ?? (to.digest === undefined ? 'latest' : undefined);
  const tag = from.digest === undefined ? (from.tag ?? 'latest') : undefined;
  if (tag !== undefined && tag === wanted) return endsFor(from, to, { platform, tags: [tag] });
  if (from.digest !== undefined && to.digest === undefined && wanted !== undefined)
    return endsFor(from, to, { platform, tags: [`${wanted}@${from.digest}`] });
  if (from.digest !== undefined && to.digest === from.digest)
    return endsFor(from, to, { platform, tags: [from.digest] });
  return notes.leftOut(path, 'gives the image another tag, which a mapping cannot: see `regfleet copy`');
}

const endsFor = (from: Reference, to: Reference, chosen: Dictionary): Ends => ({
  name: from.repository,
  source: { registry: from.registry },
  target: { registry: to.registry },
  mappings: [{ from: from.repository, to: to.repository, ...chosen }],
});

function registryEnds(
  { given, source, target, tags, platform }: Choice & { given: Dictionary },
  path: string,
  notes: ConvertNotes,
): Ends | undefined {
  const { allow, deny } = dictionaryOf(given.repos);
  if (textsOf(deny).length > 0)
    return notes.leftOut(
      `${path}.repos.deny`,
      'from takes one expression, which cannot leave names out: write one that fits the others',
    );
  if (source.includes('/')) return notes.leftOut(path, 'the source has a path: name its repositories');
  const [host = '', ...below] = target.split('/');
  const allowed = textsOf(allow).map((filter) => `(?:${whole(filter)})`);
  return {
    name: source,
    source: { registry: source },
    target: { registry: host },
    mappings: [
      {
        from: `regex:${allowed.length === 0 ? '.*' : allowed.join('|')}`,
        ...(below.length > 0 && { to: below.join('/') }),
        platform,
        ...(tags.length > 0 && { tags }),
      },
    ],
  };
}

function read(text: string): Reference | undefined {
  try {
    return parseReference(withRegistry(text));
  } catch {
    return undefined;
  }
}

/** A first part without dot and port is a name of Docker Hub. */
function withRegistry(text: string): string {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(0, slash));
  if (/[.:]/.test(first) || first === 'localhost') return text;
  return `docker.io/${slash < 0 ? 'library/' : ''}${text}`;
}

const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};
const LEAST_INTERVAL_S = 30;

function timingOf({ interval, schedule }: Dictionary, path: string, notes: ConvertNotes): Dictionary {
  const pattern = textOf(schedule);
  if (pattern) {
    const every = /^@every\s+(.*)$/.exec(pattern)?.[1];
    if (every !== undefined) return intervalOf(every, path, notes);
    notes.add(
      `${path}.schedule`,
      'is read in UTC unless timezone names another zone; regsync goes by the clock of its machine',
    );
    return { schedule: NICKNAMES[pattern] ?? pattern };
  }
  if (interval) return intervalOf(textOf(interval) ?? '', path, notes);
  notes.add(
    path,
    'has neither interval nor schedule: it runs once per start here; `regsync server` leaves it out, `regsync once` runs it',
  );
  return {};
}

function intervalOf(text: string, path: string, notes: ConvertNotes): Dictionary {
  // A bare number counts nanoseconds.
  const ms = /^\d+$/.test(text) ? Number(text) / 1e6 : parseDuration(text);
  if (ms === undefined || ms <= 0) {
    notes.add(`${path}.interval`, 'is no duration: the task runs once per start');
    return {};
  }
  const seconds = Math.max(LEAST_INTERVAL_S, Math.round(ms / 1000));
  if (seconds * 1000 !== ms)
    notes.add(`${path}.interval`, `becomes ${seconds} seconds: whole ones, 30 at least`);
  return { interval: seconds };
}
