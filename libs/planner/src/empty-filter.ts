import type { Mapping } from '@regfleet/config';
import { clip } from '@regfleet/model';
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

/**
 * What to say of an expression that fits no repository; absent: it fits some, or the mapping names one.
 *
 * An empty list counts: it is what some registries answer where the account may see nothing.
 */
export function emptyPatternWarning(
  { from }: Mapping,
  { listed, chosen }: { readonly listed: number; readonly chosen: number },
): string | undefined {
  if (from.kind === 'plain' || chosen > 0) return undefined;
  const repositories = listed === 1 ? 'repository' : 'repositories';
  return `0 of ${listed} ${repositories} of the source chosen by from: regex:${clip(from.pattern, SHOWN_LENGTH)}`;
}
