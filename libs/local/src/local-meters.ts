import {
  type FoundRate,
  type KnownRate,
  type Meter,
  type Meters,
  nextStretch,
  PauseBook,
  RateBook,
  type Stretch,
  type StretchRequest,
  steadyNowMs,
} from '@regfleet/fleet';
import { BoundedMap } from '@regfleet/model';

// Registries and accounts in use; time that is forgotten was over long ago.
const MOST_METERS = 16_384;
const METER_AGE_MS = 60_000;

/** The meters of a process that shares them with nobody. */
export class LocalMeters implements Meters {
  readonly #pauses = new PauseBook();
  readonly #rates = new RateBook();
  readonly #takenUntilMs = new BoundedMap<Meter, number>({
    limit: MOST_METERS,
    maxAgeMs: METER_AGE_MS,
    now: steadyNowMs,
  });

  async reserve({ meters, ...wish }: StretchRequest): Promise<Stretch> {
    const taken = meters.map((meter) => this.#takenUntilMs.get(meter) ?? 0);
    const stretch = nextStretch(taken, wish, { nowMs: steadyNowMs(), sharers: 1 });
    if (stretch.untilMs > stretch.fromMs)
      for (const meter of meters) this.#takenUntilMs.set(meter, stretch.untilMs);
    return stretch;
  }

  foundRate(meter: Meter): KnownRate | undefined {
    return this.#rates.get(meter);
  }

  changeRate(meter: Meter, rate: FoundRate): void {
    this.#rates.note(meter, rate);
  }

  pauseEndMs(meter: Meter): number {
    return this.#pauses.endMs(meter);
  }

  pause(meter: Meter, forMs: number): void {
    this.#pauses.note(meter, steadyNowMs() + forMs);
  }
}
