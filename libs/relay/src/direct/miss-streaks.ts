// Enough misses to tell a repository that is being filled from one that is being completed.
const MISSES_TO_PRESUME = 4;
// A presumption is put to the test this often.
const CHECK_EVERY = 8;
const REPOSITORIES_REMEMBERED = 10_000;

/**
 * Learns whether the blobs that this process wants in a repository tend to be missing there, as they do while a new
 * repository is filled, so that asking before each one can be spared.
 */
export class MissStreaks {
  /** Blobs that were missing or presumed so, since the last one that was there. */
  readonly #misses = new Map<string, number>();

  presumesMissing(repository: string): boolean {
    const misses = (this.#misses.get(repository) ?? 0) + 1;
    if (misses <= MISSES_TO_PRESUME) return false;
    this.#misses.set(repository, misses);
    return misses % CHECK_EVERY !== 0;
  }

  /** What the registry said when it was asked. */
  record(repository: string, isThere: boolean): void {
    const misses = this.#misses.get(repository) ?? 0;
    this.#misses.delete(repository);
    this.#misses.set(repository, isThere ? 0 : Math.max(misses, Math.min(misses + 1, MISSES_TO_PRESUME)));
    const [oldest] = this.#misses.keys();
    if (this.#misses.size > REPOSITORIES_REMEMBERED && oldest !== undefined) this.#misses.delete(oldest);
  }
}
