import type { FoundRate } from './found-rate.ts';

/**
 * What requests, or bytes, are counted by: `requests docker.io egress default`.
 *
 * A registry counts by account or by the address that a request comes from; which of them it is nobody knows, so both are kept to.
 */
export type Meter = string;

/** A piece of the time of some meters, which belongs to one process: nobody else sends meanwhile. By `steadyNowMs`. */
export interface Stretch {
  readonly fromMs: number;
  /** Not later than `fromMs`: there is none yet; to be asked for again at `fromMs`. */
  readonly untilMs: number;
}

export interface StretchRequest {
  /** One at least. A stretch is one of all of them. */
  readonly meters: readonly Meter[];
  /** How long what waits would take. */
  readonly wantedMs: number;
  /** What is shorter is of no use, and what is longer is a multiple of it. */
  readonly unitMs: number;
}

/** The meters of a fleet, as one process takes part in them. */
export interface Meters {
  /**
   * The next stretch that is free. Never rejects: who cannot ask the others goes on with the share that it had last.
   */
  reserve(wish: StretchRequest): Promise<Stretch>;
  /** Until when nothing is to be counted by it, by `steadyNowMs`, as far as this process has heard; 0: there is no such time. */
  pauseEndMs(meter: Meter): number;
  /** Keeps the whole fleet from what is counted by it, unless that has been told already. */
  pause(meter: Meter, forMs: number): void;
  /** What was found out that may be counted by it in a second, as far as this process has heard. */
  foundRate(meter: Meter): KnownRate | undefined;
  /** Puts another rate in the place of the one that this process has heard of, unless somebody else was first. */
  changeRate(meter: Meter, rate: FoundRate): void;
}

export interface KnownRate {
  readonly rate: FoundRate;
  /** When it was heard of, by `steadyNowMs`. */
  readonly sinceMs: number;
}
