import type { Mapping } from '../model.ts';
import type { Flaw, Parsed } from '../regex/parsed.ts';
import { parseTagRules, type TagRuleProblem } from '../tags/filter.ts';
import { parseTagPatterns } from '../tags/patterns.ts';
import { parseFrom } from './from.ts';
import type { RuleProblem } from './problem.ts';
import { rooted, toRepository } from './repository-path.ts';
import { applyTargetRule, parseTo } from './to.ts';

/** The keys of a mapping that hold rules, as written in the file; an absent one but `from` is the empty one. */
export interface MappingText {
  readonly from: string;
  readonly to?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly immutable?: readonly string[] | undefined;
}

/**
 * Parses what a mapping says about repositories and tags.
 *
 * @returns `rule` is absent when there is any problem; `problems` are errors, all of them.
 */
export function parseMappingRule(text: MappingText): {
  readonly rule?: Pick<Mapping, 'from' | 'targetPath' | 'tags' | 'immutable'>;
  readonly problems: readonly RuleProblem[];
} {
  const from = parseFrom(text.from);
  const to = parseTo(text.to ?? '');
  const tags = parseTagRules(text.tags ?? []);
  const immutable = parseTagPatterns(text.immutable ?? []);
  if ('value' in from && 'value' in to && 'filter' in tags && 'patterns' in immutable) {
    const isPrefix = from.value.kind === 'regex';
    const targetPath = (repository: string): string =>
      toRepository(applyTargetRule(to.value, { path: rooted(repository), isPrefix }));
    const patterns = immutable.patterns && { immutable: immutable.patterns };
    return { rule: { from: from.value, targetPath, tags: tags.filter, ...patterns }, problems: [] };
  }
  return {
    problems: [
      ...keyProblems('from', text.from, from),
      ...keyProblems('to', text.to ?? '', to),
      ...listProblems('tags', tags),
      ...listProblems('immutable', immutable),
    ],
  };
}

function listProblems(
  key: 'tags' | 'immutable',
  parsed: { readonly problems: readonly TagRuleProblem[] } | object,
): RuleProblem[] {
  return 'problems' in parsed ? parsed.problems.map((problem) => ({ ...problem, key })) : [];
}

function keyProblems(key: 'from' | 'to', text: string, parsed: Parsed<unknown>): RuleProblem[] {
  if ('value' in parsed) return [];
  const { message, ...rest }: Flaw = parsed.flaw;
  if (text === '') return [{ key, rule: `${key}-missing`, message: `mapping without ${key}`, ...rest }];
  return [{ key, rule: `${key}-invalid`, message: `"${text}" ${message}`, ...rest }];
}
