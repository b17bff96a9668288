import type { Digest } from '@regfleet/model';

export interface HoldingsOptions {
  /** After this long a holding is no longer believed. */
  readonly ttlMs: number;
  /** How many are remembered, each a digest in a repository; the oldest go first. */
  readonly limit: number;
  /** Epoch milliseconds; default the clock of the machine. */
  readonly nowMs?: () => number;
}

/** Which repositories of a registry hold what, as this process has seen. */
export class BlobLocations {
  readonly #options: HoldingsOptions;
  readonly #nowMs: () => number;
  /** Registry and digest -> repository -> when it was seen there last; on both levels that comes last. */
  readonly #seen = new Map<string, Map<string, number>>();
  #size = 0;

  constructor(options: HoldingsOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /** Entries in memory. */
  get size(): number {
    return this.#size;
  }

  /** Repositories that hold it, the one seen last first. */
  holders(registry: string, digest: Digest): string[] {
    const oldestMs = this.#nowMs() - this.#options.ttlMs;
    const repositories = this.#seen.get(keyOf(registry, digest)) ?? new Map<string, number>();
    return [...repositories].flatMap(([name, seenMs]) => (seenMs > oldestMs ? [name] : [])).reverse();
  }

  holds(registry: string, repository: string, digest: Digest): boolean {
    const seenMs = this.#seen.get(keyOf(registry, digest))?.get(repository);
    return seenMs !== undefined && seenMs > this.#nowMs() - this.#options.ttlMs;
  }

  add(registry: string, repository: string, digest: Digest): void {
    const key = keyOf(registry, digest);
    const repositories = this.#seen.get(key) ?? new Map<string, number>();
    if (!repositories.delete(repository)) this.#size += 1;
    repositories.set(repository, this.#nowMs());
    this.#seen.delete(key);
    this.#seen.set(key, repositories);
    this.#forgetOldest();
  }

  drop(registry: string, repository: string, digest: Digest): void {
    const key = keyOf(registry, digest);
    const repositories = this.#seen.get(key);
    if (repositories?.delete(repository)) this.#size -= 1;
    if (repositories?.size === 0) this.#seen.delete(key);
  }

  #forgetOldest(): void {
    const oldestMs = this.#nowMs() - this.#options.ttlMs;
    for (const [key, repositories] of this.#seen) {
      for (const [name, seenMs] of repositories) {
        if (this.#size <= this.#options.limit && seenMs > oldestMs) return;
        repositories.delete(name);
        this.#size -= 1;
      }
      this.#seen.delete(key);
    }
  }
}

const keyOf = (registry: string, digest: Digest): string => `${registry} ${digest}`;
