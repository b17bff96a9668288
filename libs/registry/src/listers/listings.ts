import { isFresh, type Logger, SingleFlight } from '@regfleet/model';

/** Listings shared beyond this process; an answer is only ever a hint of what was there. */
export interface ListingCache {
  /** Absent: unknown or too old. */
  get(key: string): Promise<readonly string[] | undefined>;
  set(key: string, names: readonly string[], ttlMs: number): Promise<void>;
}

/** One listing with what it is known by. */
export interface ListingQuestion {
  /** The same for the same registry, account and lister; holds no secret. */
  readonly key: string;
  /** 0: not kept. */
  readonly ttlMs: number;
  readonly fetch: (signal: AbortSignal) => Promise<readonly string[]>;
}

export interface ListingsDeps {
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly shared?: ListingCache | undefined;
}

interface Kept {
  readonly names: readonly string[];
  readonly sinceMs: number;
  readonly ttlMs: number;
}

// Each may hold as many names as the config admits.
const MAX_KEPT = 256;

/** The listings of a process: asked for once by all who want the same one, kept for a while. Failures are not kept. */
export class Listings {
  readonly #deps: ListingsDeps;
  readonly #kept = new Map<string, Kept>();
  readonly #flights = new Map<string, SingleFlight<readonly string[]>>();

  constructor(deps: ListingsDeps) {
    this.#deps = deps;
  }

  /** Listings in memory. */
  get size(): number {
    return this.#kept.size;
  }

  async get(question: ListingQuestion, signal: AbortSignal | undefined): Promise<readonly string[]> {
    const { key } = question;
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#isFresh(kept)) return kept.names;
    const flight = this.#flights.get(key) ?? new SingleFlight((shared) => this.#read(question, shared));
    this.#flights.set(key, flight);
    try {
      return await flight.run(signal);
    } finally {
      if (flight.isIdle) this.#flights.delete(key);
    }
  }

  async #read({ key, ttlMs, fetch }: ListingQuestion, signal: AbortSignal): Promise<readonly string[]> {
    if (ttlMs <= 0) return await fetch(signal);
    const shared = await this.#tolerate(key, this.#deps.shared?.get(key));
    // Its age is unknown here, so it is not kept for another full period.
    if (shared !== undefined) return shared;
    const names = await fetch(signal);
    this.#keep(key, names, ttlMs);
    await this.#tolerate(key, this.#deps.shared?.set(key, names, ttlMs));
    return names;
  }

  #keep(key: string, names: readonly string[], ttlMs: number): void {
    this.#kept.delete(key);
    this.#kept.set(key, { names, sinceMs: this.#deps.now(), ttlMs });
    for (const [other, kept] of this.#kept) if (!this.#isFresh(kept)) this.#kept.delete(other);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  #isFresh({ sinceMs, ttlMs }: Kept): boolean {
    return isFresh(sinceMs, ttlMs, this.#deps.now());
  }

  /** A shared cache that cannot be reached costs a listing, never a run. */
  async #tolerate<T>(key: string, operation: Promise<T> | undefined): Promise<T | undefined> {
    try {
      return await operation;
    } catch (error) {
      this.#deps.logger.warn({ error, listing: key }, 'shared cache of listings failed');
      return undefined;
    }
  }
}
