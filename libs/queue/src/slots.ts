interface Waiter {
  readonly lane: string;
  grant(): void;
}

/** Gives the slot back; further calls do nothing. */
export type Release = () => void;

/**
 * The copies that a process may run at once, shared fairly by its lanes: the lane that has waited longest is next,
 * also when its job was handed back and another one came meanwhile.
 */
export class Slots {
  readonly #limit: number;
  readonly #onChange: () => void;
  readonly #running = new Map<string, number>();
  readonly #waiting: Waiter[] = [];
  /** When each waiting lane began to wait, as a running number. */
  readonly #since = new Map<string, number>();
  #clock = 0;
  #active = 0;

  constructor(limit: number, onChange: () => void) {
    this.#limit = limit;
    this.#onChange = onChange;
  }

  get active(): number {
    return this.#active;
  }

  get free(): number {
    return Math.max(0, this.#limit - this.#active);
  }

  runningOf(lane: string): number {
    return this.#running.get(lane) ?? 0;
  }

  /** @throws the signal's reason when aborted before a slot is free. */
  async acquire(lane: string, signal: AbortSignal): Promise<Release> {
    signal.throwIfAborted();
    if (this.free > 0 && this.#waiting.length === 0) return this.#take(lane);
    const granted = Promise.withResolvers<Release>();
    const waiter: Waiter = { lane, grant: () => granted.resolve(this.#take(lane)) };
    const giveUp = (): void => {
      const index = this.#waiting.indexOf(waiter);
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      granted.reject(signal.reason);
    };
    if (!this.#since.has(lane)) this.#since.set(lane, ++this.#clock);
    this.#waiting.push(waiter);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await granted.promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  #take(lane: string): Release {
    this.#active += 1;
    this.#running.set(lane, this.runningOf(lane) + 1);
    this.#since.delete(lane);
    if (this.#waiting.some((waiter) => waiter.lane === lane)) this.#since.set(lane, ++this.#clock);
    this.#onChange();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#active -= 1;
      this.#running.set(lane, this.runningOf(lane) - 1);
      this.#grantNext();
      this.#onChange();
    };
  }

  #grantNext(): void {
    const next = this.#waiting.reduce<Waiter | undefined>(
      (first, waiter) =>
        first === undefined || this.#sinceOf(waiter) < this.#sinceOf(first) ? waiter : first,
      undefined,
    );
    if (next === undefined || this.free === 0) return;
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    next.grant();
  }

  #sinceOf({ lane }: Waiter): number {
    return this.#since.get(lane) ?? 0;
  }
}
