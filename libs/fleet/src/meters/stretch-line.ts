import { steadyNowMs } from '../waits/sleep.ts';
import type { Meter, Meters, Stretch } from './meters.ts';
import { LONGEST_STRETCH_MS } from './reserve.ts';

export interface StretchLineOptions {
  readonly meters: readonly Meter[];
  readonly reserve: Meters['reserve'];
  /** What is shorter is never asked for; may be another from time to time. */
  unitMs(): number;
  /** False: each takes one unit of a stretch, at whose beginning it goes. */
  readonly isDivisible: boolean;
}

interface Waiter {
  /** What it needs yet; absent: one unit. */
  restMs: number | undefined;
  readonly resolve: () => void;
}

// Timers wake a millisecond late, and those of busy machines by some more.
const LATE_MS = 5;
// What is divided is smoothed by the network anyway.
const LATE_DIVIDED_MS = 50;

/**
 * Who waits in this process for time of the same meters, first come first served.
 *
 * Each goes when the clock reaches its piece of a stretch; what the process was too late for is lost, never made up for, since a
 * registry that takes a few requests at once would refuse some.
 */
export class StretchLine {
  readonly #options: StretchLineOptions;
  /** In their order; those who go before all others come first. */
  readonly #urgent = new Set<Waiter>();
  readonly #waiting = new Set<Waiter>();
  /** What is left of them, in their order. */
  readonly #stretches: Stretch[] = [];
  #isReserving = false;
  #againMs = 0;
  #timer: NodeJS.Timeout | undefined;
  /** More is asked for where all of the last stretch was spent. */
  #ampleMs = 0;

  constructor(options: StretchLineOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#waiting.size + this.#urgent.size === 0;
  }

  /**
   * Resolves when it has had its time.
   *
   * @param costMs - absent: one unit.
   * @param isUrgent - true: before all who are not.
   * @throws the signal's reason.
   */
  async pass(costMs: number | undefined, signal?: AbortSignal, isUrgent?: boolean): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { restMs: costMs, resolve };
    const line = isUrgent ? this.#urgent : this.#waiting;
    const giveUp = (): void => {
      line.delete(waiter);
      reject(signal?.reason);
    };
    line.add(waiter);
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#goOn();
    await promise.finally(() => signal?.removeEventListener('abort', giveUp));
  }

  #goOn(): void {
    clearTimeout(this.#timer);
    const nowMs = steadyNowMs();
    for (const line of [this.#urgent, this.#waiting])
      for (const waiter of line) {
        if (!this.#serve(waiter, nowMs)) break;
        line.delete(waiter);
        waiter.resolve();
      }
    if (this.isIdle) return;
    if (this.#leftMs < this.#options.unitMs()) void this.#reserve(nowMs);
    const next = this.#stretches[0]?.fromMs ?? (this.#isReserving ? undefined : this.#againMs);
    if (next !== undefined) this.#timer = setTimeout(() => this.#goOn(), Math.max(0, next - nowMs));
  }

  get #lateMs(): number {
    const { isDivisible, unitMs } = this.#options;
    return isDivisible ? LATE_DIVIDED_MS : Math.max(LATE_MS, unitMs() / 2);
  }

  get #leftMs(): number {
    return this.#stretches.reduce((ms, { fromMs, untilMs }) => ms + untilMs - fromMs, 0);
  }

  /** @returns whether it may go. */
  #serve(waiter: Waiter, nowMs: number): boolean {
    const lateMs = this.#lateMs;
    for (let stretch = this.#stretches[0]; stretch !== undefined; stretch = this.#stretches[0]) {
      const fromMs = Math.max(stretch.fromMs, nowMs - lateMs);
      const pieceMs = this.#pieceOf(stretch.untilMs - fromMs, waiter.restMs);
      if (pieceMs > 0 && fromMs > nowMs) return false;
      if (pieceMs <= 0) {
        this.#stretches.shift();
        this.#ampleMs = stretch.untilMs - fromMs < -1 ? 0 : this.#ampleMs;
        continue;
      }
      this.#stretches[0] = { fromMs: fromMs + pieceMs, untilMs: stretch.untilMs };
      if (waiter.restMs === undefined) return true;
      waiter.restMs -= pieceMs;
      if (waiter.restMs < ROUNDING_MS) return true;
    }
    return false;
  }

  /** 0: what is left of the stretch is of no use. */
  #pieceOf(leftMs: number, wantedMs: number | undefined): number {
    if (wantedMs !== undefined) return leftMs > ROUNDING_MS ? Math.min(leftMs, wantedMs) : 0;
    const unitMs = this.#options.unitMs();
    return leftMs >= unitMs - ROUNDING_MS ? unitMs : 0;
  }

  async #reserve(nowMs: number): Promise<void> {
    if (this.#isReserving || nowMs < this.#againMs) return;
    this.#isReserving = true;
    const { meters, reserve, isDivisible } = this.#options;
    const unitMs = this.#options.unitMs();
    const waitingMs = [...this.#urgent, ...this.#waiting].reduce((ms, { restMs = unitMs }) => ms + restMs, 0);
    const wantedMs = Math.min(LONGEST_STRETCH_MS, Math.max(waitingMs, isDivisible ? this.#ampleMs : 0));
    const stretch = await reserve({ meters, unitMs, wantedMs });
    this.#isReserving = false;
    if (stretch.untilMs > stretch.fromMs) {
      this.#stretches.push(stretch);
      this.#ampleMs = Math.min(LONGEST_STRETCH_MS, 2 * (stretch.untilMs - stretch.fromMs));
    } else {
      this.#againMs = stretch.fromMs;
    }
    this.#goOn();
  }
}

// Sums of fractions do not come out even.
const ROUNDING_MS = 1e-3;
