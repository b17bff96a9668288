import { type AnchorTag, byTime, digestDigits } from './anchor-tag.ts';
import type { Digest } from './digest.ts';

/** Which of the digests that a tag had stay: the last so many, with the one that it has, or those that it had within a time. */
export type KeepRule =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'age'; readonly ageMs: number };

/** An image that is about to be overwritten. */
export interface OverwrittenImage {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** What stays of a tag when it is overwritten. */
export interface HistoryRule {
  readonly keep?: KeepRule;
  /** By what tag what is overwritten stays; the name may be none that a tag can have. Absent: by none. */
  readonly backup?: (image: OverwrittenImage) => string;
}

/**
 * The anchors of one tag that its rule lets go, oldest first.
 *
 * All that are older than one of them are among them, whatever they name: what they hold was the tag's longer ago.
 *
 * @param options.current - what the tag names.
 */
export function expiredAnchors(
  anchors: readonly AnchorTag[],
  rule: KeepRule,
  { current, nowMs }: { readonly current: Digest; readonly nowMs: number },
): AnchorTag[] {
  const sorted = anchors.toSorted(byTime);
  if (rule.kind === 'age') return sorted.filter(({ atMs }) => atMs < nowMs - rule.ageMs);
  const kept = new Set([digestDigits(current)]);
  const last = sorted.findLastIndex(({ digits }) => kept.add(digits).size > rule.count);
  return sorted.slice(0, last + 1);
}
