/** The least that a transfer has to move. */
export interface PaceLimits {
  /** 0: any rate will do. */
  readonly minBytesPerSecond: number;
  /** Time that is looked at together. */
  readonly windowMs: number;
}

/**
 * Judges how fast the other side is by the time that was spent waiting for it alone: what we, or the other end of a copy,
 * take in between counts for nothing.
 */
export class Pace {
  readonly #limits: PaceLimits;
  #waitedMs = 0;
  #bytes = 0;

  constructor(limits: PaceLimits) {
    this.#limits = limits;
  }

  /** @returns what the last window came to, once that is too little; absent: it goes on. */
  note(waitedMs: number, bytes: number): { readonly bytes: number; readonly seconds: number } | undefined {
    this.#waitedMs += waitedMs;
    this.#bytes += bytes;
    const { minBytesPerSecond, windowMs } = this.#limits;
    if (this.#waitedMs < windowMs) return undefined;
    const seen = { bytes: this.#bytes, seconds: Math.round(this.#waitedMs / 1000) };
    const isEnough = this.#bytes >= (minBytesPerSecond * this.#waitedMs) / 1000;
    this.#waitedMs = 0;
    this.#bytes = 0;
    return isEnough ? undefined : seen;
  }
}
