import type { TagPatterns } from '../model.ts';
import type { TagRuleProblem } from './filter.ts';
import { type Matcher, matchesTag } from './selection.ts';
import { parseTagRule, type TagRule } from './tag-rule.ts';
import { rememberVersions, type VersionOf } from './version.ts';

type Pattern = Matcher | Extract<TagRule, { kind: 'verbatim' }>;

/**
 * Parses a list of patterns that say something about tags without choosing them: the entries of `tags` but for `keep:`.
 * Empty entries are passed over.
 *
 * @returns `patterns` is undefined when the list names nothing.
 */
export function parseTagPatterns(
  entries: readonly string[],
): { readonly patterns: TagPatterns | undefined } | { readonly problems: readonly TagRuleProblem[] } {
  const patterns: Pattern[] = [];
  const problems: TagRuleProblem[] = [];
  for (const [index, entry] of entries.entries()) {
    const parsed = parseTagRule(entry);
    if ('flaw' in parsed) problems.push({ ...parsed.flaw, index });
    else if (parsed.value.kind === 'keep' || parsed.value.kind === 'latest')
      problems.push({ ...keepMisplaced(parsed.value.text), index });
    else if (parsed.value.kind !== 'empty') patterns.push(parsed.value);
  }
  if (problems.length > 0) return { problems };
  return { patterns: patterns.length === 0 ? undefined : createPatterns(patterns) };
}

const keepMisplaced = (text: string): Omit<TagRuleProblem, 'index'> => ({
  rule: 'keep-misplaced',
  message: `"${text}" limits what tags: chooses, and cannot describe tags`,
  hint: 'write a tag, semver: or regex:',
});

function createPatterns(patterns: readonly Pattern[]): TagPatterns {
  return {
    match: (tag) => {
      const versionOf = rememberVersions();
      return patterns.find((pattern) => fits(pattern, tag, versionOf))?.text;
    },
  };
}

const fits = (pattern: Pattern, tag: string, versionOf: VersionOf): boolean =>
  pattern.kind === 'verbatim' ? pattern.text === tag : matchesTag(pattern, tag, versionOf);
