import type { ImageName, Mapping } from '@regfleet/config';
import { formatReference, makeReference, SyncError } from '@regfleet/model';
import type { RepositoryPair } from './contract.ts';
import { namesOf } from './image-names.ts';
import { type ListedRepository, sourceName } from './listed-repository.ts';
import { unlessInvalid } from './repositories.ts';

// All their names are held at once.
const MAX_NAMES = 250_000;

/** What the images of one mapping that go to the same place would take from each other. */
export interface Meeting {
  /** Tag of the target -> who would write it, by `writerName`: two or more. */
  readonly contested: ReadonlyMap<string, ReadonlySet<string>>;
  /** Why something of it is not copied; absent: nobody is in anybody's way. */
  readonly error?: SyncError;
}

const NOBODY: Meeting = { contested: new Map() };

/** Repositories by the one they go to, in the order in which they come. */
export const byTarget = (pairs: readonly RepositoryPair[]): RepositoryPair[][] => [
  ...Map.groupBy(pairs, ({ target }) => `${target.registry}/${target.repository}`).values(),
];

/**
 * Why nothing goes where a group goes, with what is known once the latest of its repositories was asked for its tags; absent:
 * nothing stands in the way so far. Nobody is in the way of a group of one.
 *
 * @param names - of all of the group that were asked.
 */
export function blockage(
  group: readonly RepositoryPair[],
  latest: ListedRepository,
  names: number,
): SyncError | undefined {
  if (group.length < 2) return undefined;
  const place = formatReference(makeReference(latest.pair.target));
  if (latest.state === 'unknown')
    return conflict(
      `nothing goes to ${place}: ${sourceName(latest.pair)}, which would, could not be listed, so who writes what is not known`,
    );
  if (names <= MAX_NAMES) return undefined;
  return conflict(
    `nothing goes to ${place}: ${group.length} repositories would, with more than ${MAX_NAMES} tags`,
  );
}

/** Who writes a tag of the target: a repository of the source, or where the mapping names tags itself, an image of it. */
export const writerName = (
  { targetTag }: Pick<Mapping, 'targetTag'>,
  pair: RepositoryPair,
  source: ImageName,
): string =>
  targetTag === undefined ? sourceName(pair) : formatReference(makeReference({ ...pair.source, ...source }));

/**
 * Who of `repositories`, which one mapping sends to the same repository, would write the same tag.
 *
 * Whoever may make repositories or tags at the source could take over a tag of the target otherwise: which of two comes first is
 * the source's to say. So neither is copied.
 */
export function meet(mapping: Mapping, repositories: readonly ListedRepository[]): Meeting {
  const [first] = repositories;
  const { targetTag } = mapping;
  if (first === undefined || (repositories.length < 2 && (targetTag?.keepsApart ?? true))) return NOBODY;
  const contested = contestedTags(mapping, repositories);
  if (contested.size === 0) return NOBODY;
  const place = formatReference(makeReference(first.pair.target));
  const hint = targetTag === undefined ? REPOSITORY_HINT : TAG_HINT;
  return { contested, error: conflict(describe(contested, place), hint) };
}

function contestedTags(
  mapping: Mapping,
  repositories: readonly ListedRepository[],
): Map<string, Set<string>> {
  const writers = new Map<string, Set<string>>();
  for (const { pair, decisions } of repositories) {
    for (const { tag, selected } of decisions) {
      // One that gets no tag is told when it is its turn.
      const names = selected ? unlessInvalid(() => namesOf(mapping, pair, tag)) : undefined;
      // What a digest names is the same wherever it comes from.
      if (names === undefined || 'digest' in names.target) continue;
      const known = writers.get(names.target.tag) ?? new Set();
      writers.set(names.target.tag, known.add(writerName(mapping, pair, names.source)));
    }
  }
  return new Map([...writers].filter(([, sources]) => sources.size > 1));
}

function describe(contested: ReadonlyMap<string, ReadonlySet<string>>, place: string): string {
  const [[tag, sources] = ['', new Set()]] = [...contested];
  const [one, other] = [...sources];
  const more =
    contested.size === 1 ? '' : `, and ${contested.size - 1} more ${contested.size === 2 ? 'tag' : 'tags'}`;
  return `${place}:${tag}${more} would be written from ${one} and ${other}${sources.size > 2 ? ' and others' : ''}: none of them is copied`;
}

const REPOSITORY_HINT =
  'keep in "to" what tells the repositories apart, choose one of them in "from", or tell their tags apart';

const TAG_HINT = 'put into "to" what tells them apart: {tag}, {repository}; or choose one of them by "tags"';

const conflict = (message: string, hint = REPOSITORY_HINT): SyncError =>
  new SyncError('TARGET_CONFLICT', { message, hint });
