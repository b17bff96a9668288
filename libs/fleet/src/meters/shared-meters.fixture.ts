import { steadyNowMs } from '../waits/sleep.ts';
import type { FoundRate } from './found-rate.ts';
import type { KnownRate, Meter, Meters, Stretch, StretchRequest } from './meters.ts';
import { PauseBook } from './pause-book.ts';
import { RateBook } from './rate-book.ts';
import { nextStretch } from './reserve.ts';

export interface SharedMetersOptions {
  readonly sharers: number;
  /** How long asking takes, there and back. */
  answerMs?(): number;
}

/** The meters of several processes of one test: what a store between them would do. */
export class SharedMeters implements Meters {
  readonly stretches: Stretch[] = [];
  /** Those whose rate was found. */
  readonly changed = new Set<Meter>();
  readonly #options: SharedMetersOptions;
  readonly #takenUntilMs = new Map<Meter, number>();
  readonly #pauses = new PauseBook();
  readonly #rates = new RateBook();

  constructor(options: SharedMetersOptions) {
    this.#options = options;
  }

  async reserve({ meters, ...wish }: StretchRequest): Promise<Stretch> {
    const waitMs = this.#options.answerMs?.() ?? 0;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const taken = meters.map((meter) => this.#takenUntilMs.get(meter) ?? 0);
    const { sharers } = this.#options;
    const stretch = nextStretch(taken, wish, { nowMs: steadyNowMs(), sharers });
    if (stretch.untilMs === stretch.fromMs) return stretch;
    for (const meter of meters) this.#takenUntilMs.set(meter, stretch.untilMs);
    this.stretches.push(stretch);
    return stretch;
  }

  foundRate(meter: Meter): KnownRate | undefined {
    return this.#rates.get(meter);
  }

  changeRate(meter: Meter, rate: FoundRate): void {
    this.changed.add(meter);
    this.#rates.note(meter, rate);
  }

  pauseEndMs(meter: Meter): number {
    return this.#pauses.endMs(meter);
  }

  pause(meter: Meter, forMs: number): void {
    this.#pauses.note(meter, steadyNowMs() + forMs);
  }
}

/** Has timers wake so much later than they should, as those of a process that is busy or was stopped. */
export function lateTimers(lateMs: () => number): Disposable {
  const { setTimeout: punctual } = globalThis;
  const late = (callback: () => void, ms = 0): NodeJS.Timeout => punctual(callback, ms + lateMs());
  globalThis.setTimeout = Object.assign(late, { __promisify__: punctual.__promisify__ });
  return {
    [Symbol.dispose]() {
      globalThis.setTimeout = punctual;
    },
  };
}
