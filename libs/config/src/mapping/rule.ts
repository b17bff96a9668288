import type { Mapping } from '../model.ts';
import type { Flaw, Parsed } from '../regex/parsed.ts';
import { parseTagRules, type TagRuleProblem } from '../tags/filter.ts';
import { parseTagPatterns } from '../tags/patterns.ts';
import { parseFrom } from './from.ts';
import type { RuleProblem } from './problem.ts';
import { rooted, toRepository } from './repository-path.ts';
import { splitTo } from './split-to.ts';
import { createTargetTag, parseTargetTag, type TagPart } from './target-tag.ts';
import { checkTargetTag } from './target-tag-check.ts';
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
  readonly rule?: Pick<Mapping, 'from' | 'targetPath' | 'targetTag' | 'tags' | 'immutable'>;
  readonly problems: readonly RuleProblem[];
} {
  const from = parseFrom(text.from);
  const to = parseTo(text.to ?? '');
  const tags = parseTagRules(text.tags ?? []);
  const immutable = parseTagPatterns(text.immutable ?? []);
  const named = parseName(text.to ?? '');
  const misnamed =
    'value' in named && 'rules' in tags ? checkTargetTag(text.to ?? '', named.value, tags.rules) : [];
  const isSound = 'value' in named && misnamed.length === 0;
  if ('value' in from && 'value' in to && isSound && 'filter' in tags && 'patterns' in immutable) {
    const isPrefix = from.value.kind === 'regex';
    const targetPath = (repository: string): string =>
      toRepository(applyTargetRule(to.value, { path: rooted(repository), isPrefix }));
    const patterns = immutable.patterns && { immutable: immutable.patterns };
    const targetTag = named.value && { targetTag: createTargetTag(named.value, tags.rules) };
    return {
      rule: { from: from.value, targetPath, ...targetTag, tags: tags.filter, ...patterns },
      problems: [],
    };
  }
  return {
    problems: [
      ...keyProblems('from', text.from, from),
      ...keyProblems('to', text.to ?? '', to),
      ...keyProblems('to', text.to ?? '', named),
      ...misnamed,
      ...listProblems('tags', tags),
      ...listProblems('immutable', immutable),
    ],
  };
}

function parseName(to: string): Parsed<TagPart[] | undefined> {
  const { tag } = splitTo(to);
  return tag === undefined ? { value: undefined } : parseTargetTag(tag);
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
