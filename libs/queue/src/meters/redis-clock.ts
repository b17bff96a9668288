import { steadyNowMs } from '@regfleet/fleet';

// As long as no clock drifts by a millisecond.
const TRUSTED_FOR_MS = 30_000;

interface Bounds {
  readonly leastMs: number;
  readonly mostMs: number;
  readonly sinceMs: number;
}

/**
 * What Redis' clock shows, told from its answers: a time that it named was so after we had asked and before we heard of it. The
 * narrowest of such bounds counts, so that an answer that was late, or read late, does not shift anything.
 */
export class RedisClock {
  readonly #now: () => number;
  #bounds: Bounds | undefined;

  /** @param now - milliseconds of a clock that nobody sets. */
  constructor(now: () => number = steadyNowMs) {
    this.#now = now;
  }

  /** @param redisMs - what Redis' clock showed in the answer to what was asked at `askedAtMs`. */
  heard(redisMs: number, askedAtMs: number): void {
    const nowMs = this.#now();
    const [leastMs, mostMs] = [redisMs - nowMs, redisMs - askedAtMs];
    const known = this.#bounds;
    const isOld = known === undefined || nowMs - known.sinceMs > TRUSTED_FOR_MS;
    // Where they exclude each other, one of the clocks was set.
    const isSet = known !== undefined && (leastMs > known.mostMs || mostMs < known.leastMs);
    this.#bounds =
      isOld || isSet
        ? { leastMs, mostMs, sinceMs: nowMs }
        : {
            leastMs: Math.max(leastMs, known.leastMs),
            mostMs: Math.min(mostMs, known.mostMs),
            sinceMs: known.sinceMs,
          };
  }

  /** A time of Redis' clock by ours. */
  ours(redisMs: number): number {
    const { leastMs = 0, mostMs = 0 } = this.#bounds ?? {};
    return redisMs - (leastMs + mostMs) / 2;
  }
}
