import { steadyNowMs } from '../waits/sleep.ts';
import type { Meter } from './meters.ts';
import { registryOf } from './registry-of.ts';

// More than the registries and accounts of any config: what is left out is only found out by one more refusal.
const MOST_KEPT = 10_000;

/** Which meters are paused, as far as this process has heard. */
export class PauseBook {
  /** By `steadyNowMs`. */
  readonly #endMs = new Map<Meter, number>();

  endMs(meter: Meter): number {
    return this.#endMs.size === 0 ? 0 : (this.#endMs.get(meter) ?? 0);
  }

  /** For how much longer registries are left alone, by one of their meters. */
  left(): ReadonlyMap<string, number> {
    const nowMs = steadyNowMs();
    const left = new Map<string, number>();
    for (const [meter, endMs] of this.#endMs) {
      const registry = registryOf(meter);
      if (endMs > nowMs) left.set(registry, Math.max(endMs - nowMs, left.get(registry) ?? 0));
    }
    return left;
  }

  /** @returns false: it is paused for as long already, or nearly so. */
  note(meter: Meter, endMs: number): boolean {
    const knownMs = this.endMs(meter);
    if (endMs > knownMs) this.#endMs.set(meter, endMs);
    if (this.#endMs.size > MOST_KEPT) this.#forgetEnded();
    return endMs - knownMs > WORTH_TELLING_MS;
  }

  #forgetEnded(): void {
    const nowMs = steadyNowMs();
    for (const [meter, endMs] of this.#endMs) if (endMs < nowMs) this.#endMs.delete(meter);
    for (const meter of this.#endMs.keys()) {
      if (this.#endMs.size <= MOST_KEPT) return;
      this.#endMs.delete(meter);
    }
  }
}

// Requests that were under way together are refused together.
const WORTH_TELLING_MS = 250;
