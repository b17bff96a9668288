// Enough failures to tell a rule from an exception.
const FAILURES_TO_PRESUME = 4;
// A presumption is put to the test this often.
const CHECK_EVERY = 8;
const NAMES_REMEMBERED = 10_000;

/**
 * Learns what tends to fail somewhere, so that asking before each time can be spared: blobs are missing one after the
 * other while a new repository is filled, and mounts are refused by registries that know none.
 */
export class FailureStreaks {
  /** Failures and presumed ones, since the last success. */
  readonly #failures = new Map<string, number>();

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
    this.#failures.delete(name);
    this.#failures.set(name, end === 'success' ? 0 : counted);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > NAMES_REMEMBERED && oldest !== undefined) this.#failures.delete(oldest);
  }
}
