import type { Claim } from './wire.ts';

interface Lease extends Claim {
  readonly lost: AbortController;
  /** When Redis was last asked for it, and granted it, by our clock. */
  heldAtMs: number;
}

/**
 * The leases of a process, and whether it may still count on them.
 *
 * They end in Redis when nobody renews them. A process that was stopped does not notice: it goes on where it stood, by then with
 * others in its place. So it looks at its own clock, which went on meanwhile. One that cannot reach Redis runs, and keeps them until
 * it is told that they have gone to others.
 */
export class Leases {
  readonly #lengthMs: number;
  readonly #now: () => number;
  readonly #held = new Map<string, Lease>();
  #lookedAtMs: number;

  /** @param now - milliseconds of a clock that nobody sets. */
  constructor(lengthMs: number, now: () => number = () => performance.now()) {
    this.#lengthMs = lengthMs;
    this.#now = now;
    this.#lookedAtMs = now();
  }

  get all(): readonly [id: string, claim: Claim][] {
    return [...this.#held];
  }

  /** @returns absent where it may have ended before it was told of. */
  add(id: string, claim: Claim, askedAtMs: number): AbortSignal | undefined {
    if (this.#now() - askedAtMs >= this.#lengthMs) return undefined;
    const lost = new AbortController();
    this.#held.set(id, { ...claim, lost, heldAtMs: askedAtMs });
    return lost.signal;
  }

  drop(id: string): void {
    this.#held.delete(id);
  }

  renewed(ids: Iterable<string>, askedAtMs: number): void {
    for (const id of ids) {
      const lease = this.#held.get(id);
      if (lease !== undefined) lease.heldAtMs = askedAtMs;
    }
  }

  lose(id: string): void {
    const lease = this.#held.get(id);
    this.#held.delete(id);
    lease?.lost.abort();
  }

  /** To be called at short intervals, and before whatever a lease allows: loses those that ended while this process was stopped. */
  look(): void {
    const [lastMs, nowMs] = [this.#lookedAtMs, this.#now()];
    this.#lookedAtMs = nowMs;
    const stoppedMs = nowMs - lastMs;
    if (stoppedMs < this.#lengthMs / 2) return;
    for (const [id, { heldAtMs }] of [...this.#held]) {
      const hasEnded = nowMs - heldAtMs >= this.#lengthMs;
      // What had ended before, while Redis was away, is lost by a whole stop alone.
      const endedMeanwhile = stoppedMs >= this.#lengthMs || lastMs - heldAtMs < this.#lengthMs;
      if (hasEnded && endedMeanwhile) this.lose(id);
    }
  }
}
