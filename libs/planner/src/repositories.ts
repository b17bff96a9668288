import type { Mapping } from '@regfleet/config';
import {
  clip,
  isRepositoryName,
  isSyncError,
  type Location,
  makeReference,
  SyncError,
} from '@regfleet/model';
import type { RepositoryLister } from '@regfleet/registry';
import type { RepositoryPair } from './contract.ts';
import { emptyPattern } from './empty-filter.ts';
import { nextTurn, SLICE } from './turns.ts';

/** Splits a location's registry into its host and the path that prefixes every repository; dregsy allows one. */
function rooted({ registry }: Location, path: string): { registry: string; repository: string } {
  const repository = `${registry.path}/${path}`.replace(/\/{2,}/g, '/');
  const reference = makeReference({ registry: registry.host, repository });
  return { registry: reference.registry, repository: reference.repository };
}

/** The names by which a lister may have given a repository of the source: the inverse of `rooted`. */
export function listedNames(location: Location, repository: string): readonly string[] {
  const prefix = location.registry.path;
  const isBelow = prefix === '' || repository.startsWith(`${prefix}/`);
  if (!isBelow) return [];
  const name = prefix === '' ? repository : repository.slice(prefix.length + 1);
  // Docker Hub's own images have a first part that lists may leave out.
  const bare = name.replace(/^library\//, '');
  const names = bare === name ? [name] : [name, bare];
  // Some lists begin names with a slash, which an expression may ask for.
  return names.flatMap((listed) => [listed, `/${listed}`]);
}

/** Whether the mapping chooses that repository of the source, if there is such a one. */
export function choosesRepository(
  sides: { readonly source: Location },
  { from }: Pick<Mapping, 'from'>,
  repository: string,
): boolean {
  if (from.kind === 'plain')
    return unlessInvalid(() => rooted(sides.source, from.repository))?.repository === repository;
  return listedNames(sides.source, repository).some((name) => from.matches(name));
}

interface Sides {
  readonly source: Location;
  readonly target: Location;
}

/** A repository and where the mapping sends it. @throws {SyncError} `REFERENCE_INVALID` */
export const pairOf = (sides: Sides, mapping: Mapping, name: string): RepositoryPair => ({
  source: rooted(sides.source, name),
  target: rooted(sides.target, mapping.targetPath(name)),
});

/** What a mapping comes to. */
export interface MappedRepositories {
  /** In the lister's order, each with the one it goes to, no two alike. */
  readonly pairs: readonly RepositoryPair[];
  /** Of names that the mapping chooses and that cannot be repositories, at the source or at the target; one for each side. */
  readonly errors: readonly SyncError[];
  /** That no repository is chosen; that the source may have others, since its list may not have been read to its end. */
  readonly warnings: readonly { readonly message: string; readonly isEmpty?: true }[];
}

/** @throws {SyncError} what the lister throws; `REFERENCE_INVALID` where a plain mapping makes no reference. */
export async function mappedRepositories(
  mapping: Mapping,
  sides: Sides,
  lister: () => RepositoryLister,
  signal: AbortSignal | undefined,
): Promise<MappedRepositories> {
  const { from } = mapping;
  if (from.kind === 'plain')
    return { pairs: [pairOf(sides, mapping, from.repository)], errors: [], warnings: [] };
  const opened = lister();
  const { maxItems = Number.POSITIVE_INFINITY } = opened;
  const listed = await opened.list({ signal });
  const pairs = new Map<string, RepositoryPair>();
  const impossible: string[] = [];
  const unwritable: string[] = [];
  for (const [index, name] of listed.entries()) {
    if (index % SLICE === SLICE - 1) await nextTurn();
    if (!mayMean(name, from)) continue;
    const pair = isPossible(name) ? unlessInvalid(() => pairOf(sides, mapping, name)) : undefined;
    if (pair !== undefined) pairs.set(`${pair.source.repository} ${pair.target.repository}`, pair);
    else (isPossible(name) ? unwritable : impossible).push(name);
  }
  const chosen = pairs.size + impossible.length + unwritable.length;
  const nothing = emptyPattern(mapping, { listed: listed.length, chosen });
  return {
    warnings: [...nothing.warnings, ...(listed.length >= maxItems ? [{ message: leftOff(maxItems) }] : [])],
    pairs: [...pairs.values()],
    errors: [
      ...nothing.errors,
      ...told(impossible, 'the registry lists what cannot be a repository'),
      ...told(unwritable, '"to" makes no repository name of'),
    ],
  };
}

const leftOff = (maxItems: number): string =>
  `the source has ${maxItems} repositories or more, and no more are asked for: others may have been left off, which are not mirrored; raise lister.maxItems, or name repositories where the lister gives no more`;

const isPossible = (name: string): boolean => isRepositoryName(name.replace(/^\/+/, ''));

// An expression that has to look at more has been given something that is no name.
const LOOKED_AT = 4_096;

const mayMean = (name: string, from: { matches(name: string): boolean }): boolean =>
  name.length > LOOKED_AT || from.matches(name);

/** What `make` makes of names; absent where they make no reference. */
export function unlessInvalid<Result>(make: () => Result): Result | undefined {
  try {
    return make();
  } catch (error) {
    if (isSyncError(error) && error.code === 'REFERENCE_INVALID') return undefined;
    throw error;
  }
}

const SHOWN_LENGTH = 100;

/** One error for all of a list, however many its registry makes up. */
function told([first, ...more]: readonly string[], what: string): SyncError[] {
  if (first === undefined) return [];
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  return [
    new SyncError('REFERENCE_INVALID', {
      message: `${what}: "${clip(first, SHOWN_LENGTH)}"${others}`,
      hint: 'repository names are lower-case letters, digits and . _ - between slashes; the others are mirrored all the same',
    }),
  ];
}
