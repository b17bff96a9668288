import { SyncError } from '@regfleet/model';
import type { TagFilter } from '../model.ts';
import { admitsImage } from './admission.ts';
import { selecting, selectTags, type TagRules, takesAll } from './selection.ts';
import { parseTagRule, type TagRule, type TagRuleFlaw } from './tag-rule.ts';

export interface TagRuleProblem extends TagRuleFlaw {
  /** Position in the list. */
  readonly index: number;
}

/** Parses a mapping's `tags` list, or tells everything that is wrong with it. Empty entries are passed over. */
export function parseTagRules(
  entries: readonly string[],
):
  | { readonly filter: TagFilter; readonly rules: TagRules }
  | { readonly problems: readonly TagRuleProblem[] } {
  const rules: TagRule[] = [];
  const problems: TagRuleProblem[] = [];
  for (const [index, entry] of entries.entries()) {
    const parsed = parseTagRule(entry);
    if ('value' in parsed) rules.push(parsed.value);
    else problems.push({ ...parsed.flaw, index });
  }
  const sorted = sortRules(rules);
  const emptyAt = rules.findIndex((rule) => rule.kind === 'empty');
  if (problems.length === 0 && emptyAt >= 0 && takesAll(sorted)) problems.push(onlyEmpty(emptyAt));
  return problems.length > 0 ? { problems } : { filter: createFilter(entries, sorted), rules: sorted };
}

/**
 * The filter that a mapping's `tags` list describes; an empty list takes every tag.
 *
 * @throws {SyncError} `TAG_FILTER_INVALID` naming the first bad entry.
 */
export function parseTagFilter(rules: readonly string[]): TagFilter {
  const parsed = parseTagRules(rules);
  if ('filter' in parsed) return parsed.filter;
  const [first] = parsed.problems;
  throw new SyncError('TAG_FILTER_INVALID', { message: `tag rule ${first?.message}`, hint: first?.hint });
}

function sortRules(rules: readonly TagRule[]): TagRules {
  const latest = rules.findLast((rule) => rule.kind === 'latest');
  return {
    verbatim: rules.filter((rule) => rule.kind === 'verbatim'),
    matchers: rules.filter((rule) => rule.kind === 'semver' || rule.kind === 'regex'),
    keeps: rules.filter((rule) => rule.kind === 'keep'),
    ...(latest !== undefined && { latest }),
  };
}

// An empty entry is a tag that was left blank. Passing over it must not turn "this one tag" into "every tag".
const onlyEmpty = (index: number): TagRuleProblem => ({
  index,
  rule: 'tag-entry-empty',
  message: '"" is empty, and without it the list names no tags',
  hint: 'name a tag, or drop the entry to take every tag',
});

function createFilter(entries: readonly string[], rules: TagRules): TagFilter {
  const needsListing = takesAll(rules) || rules.matchers.length > 0;
  return {
    entries,
    needsListing,
    select: (available) => selectTags(rules, available).selected.map(({ tag }) => tag),
    *explaining(available) {
      const { selected, dropped } = yield* selecting(rules, available);
      return [...selected, ...dropped];
    },
    admits: (image) => admitsImage(rules, image),
  };
}
