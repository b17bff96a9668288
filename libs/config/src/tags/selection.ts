import type { TagDecision } from '../model.ts';
import { sortByBytes } from './byte-order.ts';
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

// Some milliseconds for tags that take long to look at.
const TAGS_PER_STEP = 1_000;

/** `selecting` in one go. */
export function selectTags(rules: TagRules, available: Iterable<string>): Selection {
  const steps = selecting(rules, available);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/**
 * Applies the rules in dregsy's order: any matcher takes a tag in, every `keep:` must let it stay, verbatim tags join (they need not be
 * available, and no `keep:` touches them), and the limit cuts what is there then.
 *
 * A tag that is both verbatim and matched comes out once but counts twice towards the limit, as every repeat of a verbatim tag does.
 *
 * Stops now and then, so that whoever goes through a long list can let others have their turn.
 */
export function* selecting(rules: TagRules, available: Iterable<string>): Generator<void, Selection> {
  const limit = rules.latest?.count ?? 0;
  const versionOf = rememberVersions();
  const reasons = new Map<string, string>();
  const picked: string[] = [];
  for (const tag of new Set(available)) {
    if (reasons.size % TAGS_PER_STEP === TAGS_PER_STEP - 1) yield;
    const { stays, reason } = judgeTag(rules, tag, versionOf);
    reasons.set(tag, reason);
    if (!stays) continue;
    picked.push(tag);
    // Read here, where others have their turn in between.
    if (limit > 0) versionOf(tag);
  }
  for (const { text } of rules.verbatim) {
    reasons.set(text, 'verbatim');
    picked.push(text);
  }
  const isLong = reasons.size >= TAGS_PER_STEP;
  if (isLong) yield;
  const kept = limit > 0 ? keepLatest(picked, limit, versionOf) : { tags: new Set(picked), dropReason: '' };
  if (isLong) yield;
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
  for (const tag of sortByBytes([...reasons.keys()])) {
    const reason = reasons.get(tag) ?? '';
    if (kept.tags.has(tag)) selected.push({ tag, selected: true, reason });
    else dropped.push({ tag, selected: false, reason: picked.has(tag) ? kept.dropReason : reason });
  }
  return { selected, dropped };
}
