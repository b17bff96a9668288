import type { Stretch, StretchRequest } from './meters.ts';

/** The longest stretch of one process: what it does not spend is lost to the others. */
export const LONGEST_STRETCH_MS = 200;

/** Stretches begin so far ahead at most: who dies, or is paused, leaves no more behind. */
export const FARTHEST_MS = 1_000;

/** No process of ours reserves further ahead: what says so was written by another clock, or by nobody of ours. */
export const INCREDIBLE_MS = 30_000;

/**
 * The next stretch by the generic cell rate algorithm, and as much of it as one of so many gets.
 *
 * The scripts of Redis do the same.
 *
 * @param takenUntilMs - of each meter, how far its time is taken; in the clock of `nowMs`.
 * @param sharers - how many processes ask for stretches of these meters.
 */
export function nextStretch(
  takenUntilMs: readonly number[],
  { wantedMs, unitMs }: Omit<StretchRequest, 'meters'>,
  { nowMs, sharers }: { readonly nowMs: number; readonly sharers: number },
): Stretch {
  const credible = takenUntilMs.filter((untilMs) => untilMs - nowMs <= INCREDIBLE_MS);
  const fromMs = Math.max(nowMs, ...credible);
  if (fromMs - nowMs > FARTHEST_MS) {
    const againMs = fromMs - FARTHEST_MS / 2;
    return { fromMs: againMs, untilMs: againMs };
  }
  const units = (ms: number): number => Math.max(1, Math.floor(ms / unitMs + 1e-6));
  const count = Math.min(units(wantedMs), units(LONGEST_STRETCH_MS / sharers));
  return { fromMs, untilMs: fromMs + count * unitMs };
}
