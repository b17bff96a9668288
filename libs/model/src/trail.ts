import { type AnchorTag, byTime, digestDigits } from './anchor-tag.ts';
import type { Digest } from './digest.ts';
import { SyncError } from './errors.ts';

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
  /** Where nothing in the names of the holds says what the target names: the holds of what it may name already. */
  readonly younger: readonly AnchorTag[];
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
 * @throws {SyncError} `TARGET_CONFLICT` where a hold is from a time that is still to come: of two clocks one is wrong, and nobody can
 *   tell which.
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
  if (last !== undefined && last.atMs > nowMs + SKEW_MS) throw stillToCome(last, nowMs);
  const isNews = last?.digits !== digits;
  const newsAtMs = firstSeenMs(last, rule, options);
  const seen: Sighting[] = isNews ? [...log, { digits, atMs: newsAtMs }] : log;
  const withdrawn = withdrawnOf(seen, rule);
  const isOld = ({ atMs }: Sighting): boolean => atMs <= nowMs - rule.delayMs;
  const dueAt = seen.findLastIndex((one, index) => isOld(one) && !withdrawn[index]);
  const next = seen.find((one, index) => index > dueAt && !isOld(one) && !withdrawn[index]);
  const currentAt =
    current === undefined ? -1 : seen.findLastIndex((one) => one.digits === digestDigits(current));
  // It is there already, or was before it began to trail: it does not go back.
  const isAhead = currentAt >= dueAt && withdrawn[currentAt] === false;
  const due = isAhead ? undefined : log[dueAt];
  const mayBeAhead = current !== undefined && currentAt < 0;
  return {
    ...(isNews && { newsAtMs }),
    ...(due !== undefined && { due }),
    younger: mayBeAhead ? log.filter((_, index) => index > dueAt && withdrawn[index] === false) : [],
    ...(next !== undefined && { nextAtMs: next.atMs + rule.delayMs }),
    expired: log.slice(0, expiredCount(seen, withdrawn, { rule, dueAt, nowMs })),
  };
}

/**
 * The hold of what the target is to name and does not; absent: it names that, or something younger. Of an index one platform of which is
 * copied only the target can tell: the names of holds have the digest at the source.
 *
 * @param contentOf - asks the target what an anchor names.
 */
export async function trailDue(
  { due, younger }: TrailStep,
  current: Digest | undefined,
  contentOf: (anchor: AnchorTag) => Promise<Digest | undefined>,
): Promise<AnchorTag | undefined> {
  if (due === undefined || current === undefined) return due;
  if (due.digits === digestDigits(current)) return undefined;
  for (const anchor of [due, ...younger]) if ((await contentOf(anchor)) === current) return undefined;
  return due;
}

// Clocks of machines that work are not further apart.
const SKEW_MS = 3_600_000;

function stillToCome({ text, atMs }: AnchorTag, nowMs: number): SyncError {
  return new SyncError('TARGET_CONFLICT', {
    message: `${text} is from ${new Date(atMs).toISOString()}, and it is ${new Date(nowMs).toISOString()} here: a clock is wrong, and the tag waits`,
    hint: 'put the clock of this machine right; where that of another one was ahead, delete that tag at the target and those after it',
  });
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

/**
 * Whether the source has gone back to what it named before, within the time that each has to stay: what is between the two is out, as far
 * as that time reaches back. There may be thousands.
 */
function withdrawnOf(seen: readonly Sighting[], { delayMs }: TrailRule): boolean[] {
  const firstAt = new Map<string, number>();
  // By where such a stretch begins and ends: how many more lie over what follows, or fewer.
  const steps = new Int32Array(seen.length + 1);
  let youngAt = 0;
  for (const [at, { digits, atMs }] of seen.entries()) {
    while ((seen[youngAt]?.atMs ?? atMs) <= atMs - delayMs) youngAt += 1;
    const first = firstAt.get(digits);
    if (first === undefined) firstAt.set(digits, at);
    const begin = Math.max((first ?? at) + 1, youngAt);
    if (begin >= at) continue;
    steps[begin] = (steps[begin] ?? 0) + 1;
    steps[at] = (steps[at] ?? 0) - 1;
  }
  let over = 0;
  return seen.map((_, index) => {
    over += steps[index] ?? 0;
    return over > 0;
  });
}

// The first or second fits; of a log that somebody has made to fit nowhere all is kept.
const MOST_TRIES = 100;

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
  for (let tries = 0; count > 0 && !isSame(count); tries += 1) count = tries < MOST_TRIES ? count - 1 : 0;
  return count;
}
