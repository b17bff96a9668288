import { imageNames, parseTagEntry } from '@regfleet/config';
import { formatReference, makeReference, SyncError } from '@regfleet/model';
import type { RepositoryPair } from './contract.ts';
import { type ListedRepository, sourceName } from './listed-repository.ts';

// All their names are held at once.
const MAX_NAMES = 250_000;

/** What repositories of one mapping that go to the same place would take from each other. */
export interface Meeting {
  /** Tag of the target -> the repositories that would write it, two or more. */
  readonly contested: ReadonlyMap<string, ReadonlySet<string>>;
  /** Why something of it is not copied; absent: nobody is in anybody's way. */
  readonly error?: SyncError;
  /** True: as it is not known who would write what, nothing is copied. */
  readonly isBlocked: boolean;
}

const NOBODY: Meeting = { contested: new Map(), isBlocked: false };

/** Repositories by the one they go to, in the order in which they come. */
export const byTarget = (pairs: readonly RepositoryPair[]): RepositoryPair[][] => [
  ...Map.groupBy(pairs, ({ target }) => `${target.registry}/${target.repository}`).values(),
];

/**
 * Who of `repositories`, which one mapping sends to the same repository, would write the same tag.
 *
 * Whoever may make repositories at the source could take over a tag of the target otherwise: which of two comes first is
 * the source's to say. So neither is copied.
 */
export function meet(repositories: readonly ListedRepository[]): Meeting {
  const [first] = repositories;
  if (first === undefined || repositories.length < 2) return NOBODY;
  const place = formatReference(makeReference(first.pair.target));
  const unknown = repositories.find(({ isUnknown }) => isUnknown);
  if (unknown !== undefined) {
    const why = `${sourceName(unknown.pair)}, which goes to ${place}, too, could not be listed`;
    return { contested: new Map(), isBlocked: true, error: conflict(`nothing goes to ${place}: ${why}`) };
  }
  const names = repositories.reduce((sum, { decisions }) => sum + decisions.length, 0);
  if (names > MAX_NAMES) {
    const why = `${repositories.length} repositories with ${names} tags go to ${place}`;
    return { contested: new Map(), isBlocked: true, error: conflict(`nothing goes there: ${why}`) };
  }
  const contested = contestedTags(repositories);
  if (contested.size === 0) return NOBODY;
  return { contested, isBlocked: false, error: conflict(describe(contested, place)) };
}

function contestedTags(repositories: readonly ListedRepository[]): Map<string, Set<string>> {
  const writers = new Map<string, Set<string>>();
  for (const { pair, decisions } of repositories) {
    for (const { tag, selected } of decisions) {
      const { target } = imageNames(parseTagEntry(tag));
      // What a digest names is the same wherever it comes from.
      if (!selected || 'digest' in target) continue;
      const known = writers.get(target.tag) ?? new Set();
      writers.set(target.tag, known.add(sourceName(pair)));
    }
  }
  return new Map([...writers].filter(([, sources]) => sources.size > 1));
}

function describe(contested: ReadonlyMap<string, ReadonlySet<string>>, place: string): string {
  const [[tag, sources] = ['', new Set()]] = [...contested];
  const [one, other] = [...sources];
  const more = contested.size === 1 ? '' : `, and ${contested.size - 1} more tags`;
  return `${place}:${tag}${more} would be written from ${one} and ${other}${sources.size > 2 ? ' and others' : ''}: none of them is copied`;
}

const conflict = (message: string): SyncError =>
  new SyncError('TARGET_CONFLICT', {
    message,
    hint: 'keep in "to" what tells the repositories apart, choose one of them in "from", or tell their tags apart',
  });
