import { unlessAborted } from '@regfleet/model';
import type { Claim } from './wire.ts';

interface Place extends Claim {
  readonly wakes: Set<() => void>;
  /** It was told of before anybody waited: the answer to `take` may be slower than the signal. */
  isAnnounced: boolean;
}

/** The places of a process in the line of waiters, by name. */
export class Line {
  readonly #places = new Map<string, Place>();

  /** Those that somebody waits at. */
  get awaited(): readonly [name: string, claim: Claim][] {
    return [...this.#places].filter(([, { wakes }]) => wakes.size > 0);
  }

  claimOf(name: string): Claim | undefined {
    return this.#places.get(name);
  }

  /** Before `take` is asked: whatever is announced from then on counts. */
  ask(name: string, claim: Claim): void {
    const known = this.#places.get(name);
    this.#places.set(name, { ...claim, wakes: known?.wakes ?? new Set(), isAnnounced: false });
  }

  leave(name: string): void {
    const place = this.#places.get(name);
    if (place === undefined || place.wakes.size > 0) return;
    this.#places.delete(name);
  }

  announce(name: string): void {
    const place = this.#places.get(name);
    if (place === undefined) return;
    place.isAnnounced = true;
    for (const wake of place.wakes) wake();
  }

  announceAll(): void {
    for (const name of this.#places.keys()) this.announce(name);
  }

  /** Resolves when the place is announced, or has been since it was asked for. @throws the signal's reason. */
  async announced(name: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const place = this.#places.get(name);
    // Nobody has asked for it: nothing would ever be announced.
    if (place === undefined || place.isAnnounced) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    place.wakes.add(resolve);
    try {
      await unlessAborted(promise, signal);
    } finally {
      place.wakes.delete(resolve);
    }
  }
}
