import { isFresh } from '@regfleet/model';

// Long enough that an outage is asked about once, and short enough that nothing stays undecided for long after it.
const DOUBTED_MS = 60_000;

/** Whether a registry's server works, as far as its answers of late tell. */
export class ServerHealth {
  readonly #now: () => number;
  #failedAtMs: number | undefined;

  /** @param now - epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  note(end: 'answered' | 'failed'): void {
    this.#failedAtMs = end === 'failed' ? this.#now() : undefined;
  }

  get isFailing(): boolean {
    return this.#failedAtMs !== undefined && isFresh(this.#failedAtMs, DOUBTED_MS, this.#now());
  }
}
