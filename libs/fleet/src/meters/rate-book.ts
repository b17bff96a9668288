import { BoundedMap } from '@regfleet/model';
import { steadyNowMs } from '../waits/sleep.ts';
import type { FoundRate } from './found-rate.ts';
import type { KnownRate, Meter } from './meters.ts';
import { registryOf } from './registry-of.ts';

// Registries and accounts in use.
const MOST_KEPT = 4_096;
/** What nobody has needed for so long is found out anew. */
export const RATE_AGE_MS = 24 * 60 * 60_000;

/** The rates that were found out, as far as this process has heard. */
export class RateBook {
  readonly #heard = new BoundedMap<Meter, KnownRate & { readonly meter: Meter }>({
    limit: MOST_KEPT,
    maxAgeMs: RATE_AGE_MS,
    now: steadyNowMs,
  });

  get(meter: Meter): KnownRate | undefined {
    return this.#heard.size === 0 ? undefined : this.#heard.get(meter);
  }

  /** Of each registry the lowest, in requests a second. */
  lowest(): ReadonlyMap<string, number> {
    const lowest = new Map<string, number>();
    for (const { meter, rate } of this.#heard.values()) {
      const registry = registryOf(meter);
      lowest.set(registry, Math.min(rate.perSecond, lowest.get(registry) ?? rate.perSecond));
    }
    return lowest;
  }

  note(meter: Meter, rate: FoundRate): void {
    const known = this.get(meter)?.rate;
    if (known?.perSecond === rate.perSecond && known.ceiling === rate.ceiling) return;
    this.#heard.set(meter, { meter, rate, sinceMs: steadyNowMs() });
  }
}
