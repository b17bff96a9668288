import { SyncError } from '@regfleet/model';
import { stringify } from 'yaml';
import { parseTagFilter } from '../tags/filter.ts';
import type { ConvertedConfig, SkopeoOptions } from './contract.ts';
import {
  ConvertNotes,
  type Dictionary,
  dictionaryOf,
  isDictionary,
  readDictionary,
  TaskNames,
  textOf,
  textsOf,
  variableFor,
} from './plain.ts';

/**
 * The file of `skopeo sync --src yaml` as a config of ours: a task for each registry, a mapping for each of its images.
 *
 * @throws {SyncError} `CONFIG_UNREADABLE`; `USAGE_INVALID` where `to` is none.
 */
export function convertSkopeo(text: string, file: string, options: SkopeoOptions): ConvertedConfig {
  const notes = new ConvertNotes();
  const names = new TaskNames();
  const target = splitTarget(options.to);
  const tasks = Object.entries(readDictionary(text, file)).flatMap(([registry, value]) => {
    const images = imagesOf(registry, dictionaryOf(value), notes);
    if (images.length === 0) return notes.leftOut(registry, 'names no images') ?? [];
    const placed = images.map(({ repository, tags }) => ({
      from: repository,
      to: placeOf({ registry, repository, path: target.path }, options),
      ...(tags.length > 0 && { tags }),
      ...(options.allPlatforms && { platform: 'all' }),
    }));
    noteMeetings(registry, placed, notes);
    return [
      {
        name: names.next(registry),
        source: locationOf(registry, dictionaryOf(value), notes),
        target: { registry: target.host },
        mappings: placed,
      },
    ];
  });
  return { yaml: stringify({ relay: 'direct', tasks }), notes: notes.all };
}

interface ChosenImages {
  readonly repository: string;
  /** Empty: all. */
  readonly tags: readonly string[];
}

function imagesOf(registry: string, settings: Dictionary, notes: ConvertNotes): ChosenImages[] {
  notes.addUnknown(registry, settings, {
    images: undefined,
    'images-by-tag-regex': undefined,
    'images-by-semver': undefined,
    credentials: undefined,
    'tls-verify': undefined,
    'cert-dir':
      'has no equal for a registry: put its certificates below skopeo.certs-dir, in a folder with the name of the registry',
  });
  const path = (key: string, image: string): string => `${registry}.${key}.${image}`;
  const images = Object.entries(dictionaryOf(settings.images)).map(([image, refs]) => ({
    repository: repositoryOf(registry, image),
    tags: textsOf(refs),
  }));
  const byRegex = Object.entries(dictionaryOf(settings['images-by-tag-regex'])).flatMap(([image, regex]) => {
    const tags = [`regex: ^(?s:.*)(?:${textOf(regex) ?? ''})(?s:.*)$`];
    const at = path('images-by-tag-regex', image);
    return isFilter(tags)
      ? { repository: repositoryOf(registry, image), tags }
      : (notes.leftOut(at, 'is no expression') ?? []);
  });
  const bySemver = Object.entries(dictionaryOf(settings['images-by-semver'])).flatMap(([image, range]) => {
    const tags = semverTags(textOf(range) ?? '');
    const at = path('images-by-semver', image);
    if (tags === undefined)
      return (
        notes.leftOut(
          at,
          'only comparisons of whole versions mean the same here, as ">=1.2.0 <2.0.0": write tags by hand',
        ) ?? []
      );
    return { repository: repositoryOf(registry, image), tags };
  });
  return [...images, ...byRegex, ...bySemver];
}

// Docker Hub's own images have a first part that nobody writes.
const repositoryOf = (registry: string, image: string): string =>
  registry === 'docker.io' && !image.includes('/') ? `library/${image}` : image;

const COMPARISONS = /^(?:(?:>=|<=|>|<|=|!=)\s*\d+\.\d+\.\d+)(?:[\s,]+(?:>=|<=|>|<|=|!=)\s*\d+\.\d+\.\d+)*$/;
// A pre-release fits no range that names none, there; here it does.
const RELEASES = 'keep: ^v?[0-9]+(\\.[0-9]+){0,2}$';

/** Absent: the range may mean something else here. */
function semverTags(range: string): readonly string[] | undefined {
  const parts = range.split('||').map((part) => part.trim());
  if (!parts.every((part) => COMPARISONS.test(part))) return undefined;
  const ours = parts.map((part) =>
    part
      .replaceAll(',', ' ')
      .replace(/([<>=!])\s+/g, '$1')
      .replace(/\s+/g, ' '),
  );
  return [`semver: ${ours.join(' || ')}`, RELEASES];
}

function isFilter(tags: readonly string[]): boolean {
  try {
    parseTagFilter(tags);
    return true;
  } catch {
    return false;
  }
}

function locationOf(registry: string, settings: Dictionary, notes: ConvertNotes): Dictionary {
  const { credentials } = settings;
  const username = isDictionary(credentials) ? textOf(credentials.username) : undefined;
  if (username !== undefined)
    notes.add(
      `${registry}.credentials.password`,
      `is not copied: set the variable ${variableFor(registry)}, or use password-file`,
    );
  return {
    registry,
    ...(username !== undefined && { username, password: `\${${variableFor(registry)}}` }),
    ...(settings['tls-verify'] === false && { 'skip-tls-verify': true }),
  };
}

function splitTarget(to: string): { host: string; path: string } {
  const [host = '', ...path] = to.split('/');
  if (host === '')
    throw new SyncError('USAGE_INVALID', {
      message: '--to names no registry',
      hint: 'give the destination of your `skopeo sync`, as registry.example.com/mirror',
    });
  return { host, path: path.join('/') };
}

function placeOf(
  { registry, repository, path }: { registry: string; repository: string; path: string },
  { isScoped }: SkopeoOptions,
): string {
  const name = isScoped ? `${registry}/${repository}` : (repository.split('/').at(-1) ?? repository);
  return path === '' ? name : `${path}/${name}`;
}

function noteMeetings(
  registry: string,
  mappings: readonly { from: string; to: string }[],
  notes: ConvertNotes,
): void {
  for (const [to, group] of Map.groupBy(mappings, (mapping) => mapping.to)) {
    const sources = new Set(group.map(({ from }) => from));
    if (sources.size > 1)
      notes.add(
        registry,
        `${[...sources].join(' and ')} go to ${to}: of a tag that both have the last one wins here, whichever comes last there`,
      );
  }
}
