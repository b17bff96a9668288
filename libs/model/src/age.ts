/**
 * True: less than `limitMs` have passed since an instant by the same clock.
 *
 * A clock that was ahead and was put right says nothing about ages: what is of a time to come is not fresh.
 */
export const isFresh = (sinceMs: number, limitMs: number, nowMs: number): boolean =>
  nowMs >= sinceMs && nowMs - sinceMs < limitMs;
