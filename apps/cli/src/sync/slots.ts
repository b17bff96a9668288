/** Where a piece of work comes from, and how much of there may be under way at once. */
export interface Origin {
  readonly registry: string;
  /** Absent: no limit but that of all. */
  readonly limit?: number | undefined;
}

interface Waiter {
  readonly origin: Origin;
  grant(): void;
}

/** A bounded number of pieces of work at once, in all and from each registry; whoever brings more waits. */
export class Slots {
  readonly #count: number;
  readonly #waiting: Waiter[] = [];
  readonly #taken = new Map<string, number>();
  #free: number;

  constructor(count: number) {
    this.#count = count;
    this.#free = count;
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /**
   * Resolves when there is room, to who waits longest among those whose registry is below its limit.
   *
   * @returns gives the room back; to be called once.
   * @throws the abort reason.
   */
  async take(origin: Origin, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#hasRoom(origin)) return this.#occupy(origin);
    const granted = Promise.withResolvers<() => void>();
    const waiter: Waiter = { origin, grant: () => granted.resolve(this.#occupy(origin)) };
    const giveUp = (): void => {
      const index = this.#waiting.indexOf(waiter);
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      granted.reject(signal.reason);
    };
    this.#waiting.push(waiter);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await granted.promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  #hasRoom({ registry, limit }: Origin): boolean {
    return this.#free > 0 && (limit === undefined || (this.#taken.get(registry) ?? 0) < limit);
  }

  #occupy({ registry }: Origin): () => void {
    this.#free -= 1;
    this.#taken.set(registry, (this.#taken.get(registry) ?? 0) + 1);
    return () => {
      this.#free += 1;
      this.#taken.set(registry, (this.#taken.get(registry) ?? 0) - 1);
      const index = this.#waiting.findIndex(({ origin }) => this.#hasRoom(origin));
      this.#waiting.splice(index, index < 0 ? 0 : 1)[0]?.grant();
    };
  }
}
