import type { Mapping } from '@regfleet/config';
import { clip, SyncError } from '@regfleet/model';
import { type ListedRepository, sourceName } from './listed-repository.ts';

// Of filters and expressions, in messages.
const SHOWN_LENGTH = 200;

/** How many tags the filter chose. */
export const selectedCount = ({ decisions }: Pick<ListedRepository, 'decisions'>): number =>
  decisions.filter(({ selected }) => selected).length;

/** What to say of a repository whose tags the filter leaves out, all of them; absent: it chooses some, or there are none. */
export function emptyFilterWarning(mapping: Mapping, repository: ListedRepository): string | undefined {
  const { listed } = repository;
  if (listed === 0 || selectedCount(repository) > 0) return undefined;
  const filter = clip(mapping.tags.entries.join(', '), SHOWN_LENGTH);
  return `0 of ${listed} ${listed === 1 ? 'tag' : 'tags'} of ${sourceName(repository.pair)} chosen by tags: ${filter}`;
}

const MIN_TAGS_HINT =
  'look at the source: were tags removed, may the account see them; or correct tags, or lower min-tags';

/** Absent: the mapping wants no number, it has as many, or how many there are is not known. */
export function tooFewTags(mapping: Mapping, repository: ListedRepository): SyncError | undefined {
  const { minTags = 0 } = mapping;
  const selected = selectedCount(repository);
  if (repository.state !== 'listed' || selected >= minTags) return undefined;
  const { listed } = repository;
  const [of, counted] = mapping.tags.needsListing ? [` of ${listed}`, listed] : ['', selected];
  const tags = counted === 1 ? 'tag' : 'tags';
  return new SyncError('TAGS_TOO_FEW', {
    message: `${selected}${of} ${tags} chosen of ${sourceName(repository.pair)}, fewer than min-tags: ${minTags}`,
    hint: MIN_TAGS_HINT,
  });
}

/**
 * What to say of an expression that fits no repository: nothing where it fits some, or the mapping names one.
 *
 * An empty list counts: it is what some registries answer where the account may see nothing.
 */
export function emptyPattern(
  { from, minTags }: Mapping,
  { listed, chosen }: { readonly listed: number; readonly chosen: number },
): {
  readonly warnings: readonly { message: string; isEmpty: true }[];
  readonly errors: readonly SyncError[];
} {
  if (from.kind === 'plain' || chosen > 0) return { warnings: [], errors: [] };
  const repositories = listed === 1 ? 'repository' : 'repositories';
  const message = `0 of ${listed} ${repositories} of the source chosen by from: regex:${clip(from.pattern, SHOWN_LENGTH)}`;
  const failed = { message: `${message}, and min-tags is set`, hint: MIN_TAGS_HINT };
  return {
    warnings: [{ message, isEmpty: true }],
    errors: minTags === undefined ? [] : [new SyncError('TAGS_TOO_FEW', failed)],
  };
}
