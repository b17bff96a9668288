import type { TagDecision } from '../model.ts';
import { compareBytes } from './byte-order.ts';
import { keepLatest } from './latest.ts';
import { inRange } from './range.ts';
import type { TagRule } from './tag-rule.ts';
import { rememberVersions, type VersionOf } from './version.ts';

type OfKind<K extends TagRule['kind']> = Extract<TagRule, { kind: K }>;
export type Matcher = OfKind<'semver' | 'regex'>;

/** A `tags` list, sorted by what its rules do. */
export interface TagRules {
  readonly verbatim: readonly OfKind<'verbatim'>[];
  readonly matchers: readonly Matcher[];
  readonly keeps: readonly OfKind<'keep'>[];
  /** The last one that the list has. */
  readonly latest?: OfKind<'latest'>;
}

export interface Selection {
  /** Ascending by bytes. */
  readonly selected: readonly TagDecision[];
  /** Ascending by bytes. */
  readonly dropped: readonly TagDecision[];
}

/**
 * Applies the rules in dregsy's order: any matcher takes a tag in, every `keep:` must let it stay, verbatim tags join (they need not be
 * available, and no `keep:` touches them), and the limit cuts what is there then.
 *
 * A tag that is both verbatim and matched comes out once but counts twice towards the limit, as every repeat of a verbatim tag does.
 */
export function selectTags(rules: TagRules, available: Iterable<string>): Selection {
  const versionOf = rememberVersions();
  const reasons = new Map<string, string>();
  const picked: string[] = [];
  for (const tag of new Set(available)) {
    const { stays, reason } = judgeTag(rules, tag, versionOf);
    reasons.set(tag, reason);
    if (stays) picked.push(tag);
  }
  for (const { text } of rules.verbatim) {
    reasons.set(text, 'verbatim');
    picked.push(text);
  }
  const limit = rules.latest?.count ?? 0;
  const kept = limit > 0 ? keepLatest(picked, limit, versionOf) : { tags: new Set(picked), dropReason: '' };
  return split(reasons, new Set(picked), kept);
}

/** Whether a tag that the source has stays by the rules that look at it alone: all but `keep: latest`. */
export function judgeTag(
  rules: TagRules,
  tag: string,
  versionOf: VersionOf,
): { stays: boolean; reason: string } {
  const taken = takeIn(rules, tag, versionOf);
  if (taken === undefined) return { stays: false, reason: 'matches no rule' };
  const keep = rules.keeps.find((rule) => !rule.regex.matches(tag));
  return keep === undefined
    ? { stays: true, reason: taken }
    : { stays: false, reason: `dropped by ${keep.text}` };
}

/** Why a tag becomes a candidate; absent when it does not. */
function takeIn(rules: TagRules, tag: string, versionOf: VersionOf): string | undefined {
  if (takesAll(rules)) return 'no filter';
  const matcher = rules.matchers.find((rule) => matchesTag(rule, tag, versionOf));
  return matcher && `matches ${matcher.text}`;
}

/** True for a list that names and matches no tags: its candidates are all tags. */
export const takesAll = (rules: TagRules): boolean =>
  rules.verbatim.length === 0 && rules.matchers.length === 0;

export function matchesTag(rule: Matcher, tag: string, versionOf: VersionOf): boolean {
  if (rule.kind === 'regex') return rule.regex.matches(tag);
  const version = versionOf(tag);
  return version !== undefined && inRange(rule.range, version);
}

function split(
  reasons: ReadonlyMap<string, string>,
  picked: ReadonlySet<string>,
  kept: { readonly tags: ReadonlySet<string>; readonly dropReason: string },
): Selection {
  const selected: TagDecision[] = [];
  const dropped: TagDecision[] = [];
  for (const tag of [...reasons.keys()].sort(compareBytes)) {
    const reason = reasons.get(tag) ?? '';
    if (kept.tags.has(tag)) selected.push({ tag, selected: true, reason });
    else dropped.push({ tag, selected: false, reason: picked.has(tag) ? kept.dropReason : reason });
  }
  return { selected, dropped };
}
