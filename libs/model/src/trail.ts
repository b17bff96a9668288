import { type AnchorTag, byTime, digestDigits } from './anchor-tag.ts';
import type { Digest } from './digest.ts';

export const TRAIL_FIRST_CHOICES = ['hold', 'copy'] as const;

/** By how much a tag of the target is behind that of the source on purpose. */
export interface TrailRule {
  readonly delayMs: number;
  /** What becomes of the first image of a tag that the target lacks: it waits as any other, or is there at once. */
  readonly first: (typeof TRAIL_FIRST_CHOICES)[number];
}

/** What is to be done for a tag that trails. */
export interface TrailStep {
  /** When what the source has now was seen first; absent: it is the one that was seen last. */
  readonly newsAtMs?: number;
  /** The hold of what the target is to name; absent: of all that was seen nothing is old enough. */
  readonly due?: AnchorTag;
  /** When the one that waits for longest follows; absent: none waits. */
  readonly nextAtMs?: number;
  /** Holds that nothing will ever be decided by, oldest first. */
  readonly expired: readonly AnchorTag[];
}

/**
 * What follows from the holds of a tag, each of which says what the source's tag was seen to name, and from when on.
 *
 * The target is to name what the source named as long ago as the rule says. What the source has taken back by naming again what it
 * had before, within that time, is passed over.
 *
 * @param options.current - what the target names.
 */
export function trailStep(
  holds: readonly AnchorTag[],
  rule: TrailRule,
  options: { readonly source: Digest; readonly current: Digest | undefined; readonly nowMs: number },
): TrailStep {
  const { source, current, nowMs } = options;
  const log = holds.toSorted(byTime);
  const digits = digestDigits(source);
  const last = log.at(-1);
  const isNews = last?.digits !== digits;
  const newsAtMs = firstSeenMs(last, rule, options);
  const seen: Sighting[] = isNews ? [...log, { digits, atMs: newsAtMs }] : log;
  const withdrawn = withdrawnOf(seen, rule);
  const isOld = ({ atMs }: Sighting): boolean => atMs <= nowMs - rule.delayMs;
  const dueAt = seen.findLastIndex((one, index) => isOld(one) && !withdrawn[index]);
  const next = seen.find((one, index) => index > dueAt && !isOld(one) && !withdrawn[index]);
  const due = log[dueAt];
  return {
    ...(isNews && { newsAtMs }),
    ...(due !== undefined && !isAhead(seen, withdrawn, { current, dueAt }) && { due }),
    ...(next !== undefined && { nextAtMs: next.atMs + rule.delayMs }),
    expired: log.slice(0, expiredCount(seen, withdrawn, { rule, dueAt, nowMs })),
  };
}

type Sighting = Pick<AnchorTag, 'atMs' | 'digits'>;

/** Never before what was seen last: of two clocks one is wrong then, and nothing may be taken for older than it is. */
function firstSeenMs(
  last: AnchorTag | undefined,
  { first }: TrailRule,
  { current, nowMs }: { readonly current: Digest | undefined; readonly nowMs: number },
): number {
  if (last !== undefined) return Math.max(nowMs, last.atMs + 1);
  return first === 'copy' && current === undefined ? 0 : nowMs;
}

/** Whether the source has gone back to what it named before, within the time that each has to stay. */
function withdrawnOf(seen: readonly Sighting[], { delayMs }: TrailRule): boolean[] {
  const firstAt = new Map<string, number>();
  for (const [index, { digits }] of seen.entries()) if (!firstAt.has(digits)) firstAt.set(digits, index);
  return seen.map(({ atMs }, index) => {
    for (let at = index + 1; at < seen.length; at += 1) {
      const later = seen[at];
      if (later === undefined || later.atMs >= atMs + delayMs) return false;
      if ((firstAt.get(later.digits) ?? at) < index) return true;
    }
    return false;
  });
}

/** The target is there already, or was before it began to trail: it does not go back. */
function isAhead(
  seen: readonly Sighting[],
  withdrawn: readonly boolean[],
  { current, dueAt }: { readonly current: Digest | undefined; readonly dueAt: number },
): boolean {
  if (current === undefined) return false;
  const at = seen.findLastIndex(({ digits }) => digits === digestDigits(current));
  return at >= dueAt && withdrawn[at] === false;
}

/** How many of the first may go: what the source has left for so long is not looked for when it moves, and nothing else follows from it. */
function expiredCount(
  seen: readonly Sighting[],
  withdrawn: readonly boolean[],
  { rule, dueAt, nowMs }: { readonly rule: TrailRule; readonly dueAt: number; readonly nowMs: number },
): number {
  const isLeft = (index: number): boolean => (seen[index + 1]?.atMs ?? nowMs) <= nowMs - 2 * rule.delayMs;
  let count = 0;
  while (count < dueAt && isLeft(count)) count += 1;
  const isSame = (from: number): boolean =>
    withdrawnOf(seen.slice(from), rule).every((isOut, index) => isOut === withdrawn[from + index]);
  while (count > 0 && !isSame(count)) count -= 1;
  return count;
}
