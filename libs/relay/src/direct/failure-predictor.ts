import { BoundedMap } from '@regfleet/model';

// Enough failures to tell a rule from an exception.
const FAILURES_TO_PRESUME = 4;
// A presumption is put to the test this often.
const CHECK_EVERY = 8;
const NAMES_REMEMBERED = 10_000;
// Tasks that run once a day find what failed the day before.
const IDLE_MS = 25 * 60 * 60_000;

/**
 * Learns what tends to fail somewhere, so that asking before each time can be spared: blobs are missing one after the
 * other while a new repository is filled, and mounts are refused by registries that know none.
 */
export class FailurePredictor {
  /** Failures and presumed ones, since the last success. */
  readonly #failures: BoundedMap<string, number>;

  /** @param now - epoch milliseconds; absent: the clock. */
  constructor(now: () => number = Date.now) {
    this.#failures = new BoundedMap({ limit: NAMES_REMEMBERED, maxAgeMs: IDLE_MS, now });
  }

  /** Names in memory. */
  get size(): number {
    return this.#failures.size;
  }

  presumesFailure(name: string): boolean {
    const failures = (this.#failures.get(name) ?? 0) + 1;
    if (failures <= FAILURES_TO_PRESUME) return false;
    this.#failures.set(name, failures);
    return failures % CHECK_EVERY !== 0;
  }

  /** How it ended where it was tried. */
  record(name: string, end: 'success' | 'failure'): void {
    const failures = this.#failures.get(name) ?? 0;
    const counted = Math.max(failures, Math.min(failures + 1, FAILURES_TO_PRESUME));
    this.#failures.set(name, end === 'success' ? 0 : counted);
  }
}
