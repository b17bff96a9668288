// As slowly as limits of requests a second give back what a burst has taken from them, with some to spare.
const GROW_EVERY_MS = 5_000;

// More than a registry gets at once from us; a limit as wide as this is none.
const WIDEST = 64;

interface Narrowing {
  readonly width: number;
  readonly sinceMs: number;
}

/**
 * The requests to one registry that wait for an answer: any number, until it refuses some for coming too fast. Then half as many
 * as there were, each further refusal halves again, and every few seconds without one there is room for one more.
 */
export class InFlight {
  readonly #now: () => number;
  /** Absent: any number. */
  #narrowing: Narrowing | undefined;
  #inside = 0;
  #isHopeless = false;
  readonly #waiting: (() => void)[] = [];

  /** @param now - milliseconds of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How many may be under way now. */
  get width(): number {
    if (this.#narrowing === undefined) return Number.POSITIVE_INFINITY;
    const { width, sinceMs } = this.#narrowing;
    const grown = width + Math.floor((this.#now() - sinceMs) / GROW_EVERY_MS);
    return grown > WIDEST ? Number.POSITIVE_INFINITY : grown;
  }

  /** True: waiting has not helped, and nothing was taken since then. */
  get isHopeless(): boolean {
    return this.#isHopeless;
  }

  /**
   * In the order in which they come.
   *
   * @returns to be called once its answer has begun, or it has failed; a promise where there is no room yet.
   * @throws the signal's reason, in the promise, when it aborts before there is room.
   */
  enter(signal: AbortSignal | undefined): (() => void) | Promise<() => void> {
    if (this.#waiting.length > 0 || this.#inside >= this.width)
      return this.#room(signal).then(() => this.#leaving());
    this.#inside += 1;
    return this.#leaving();
  }

  #leaving(): () => void {
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#inside -= 1;
      this.#admit();
    };
  }

  /**
   * One was refused for coming too fast.
   *
   * @param sentAtMs - by the clock; those that were on their way together are refused together, and that is one refusal.
   * @returns true: from now on there are fewer.
   */
  refused(sentAtMs: number): boolean {
    if (this.#narrowing !== undefined && sentAtMs <= this.#narrowing.sinceMs) return false;
    const before = this.width;
    const width = Math.max(1, Math.floor(Math.min(before, this.#inside) / 2));
    this.#narrowing = { width, sinceMs: this.#now() };
    return width < before;
  }

  /** One was answered. */
  taken(): void {
    this.#isHopeless = false;
  }

  /** One was refused as often as it is worth repeating: others are not to be held up by as many repetitions. */
  gaveUp(): void {
    this.#isHopeless = true;
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#inside < this.width) {
      this.#inside += 1;
      this.#waiting.shift()?.();
    }
  }

  async #room(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      const place = this.#waiting.indexOf(resolve);
      if (place < 0) return;
      this.#waiting.splice(place, 1);
      reject(signal?.reason);
    };
    this.#waiting.push(resolve);
    signal?.addEventListener('abort', leave, { once: true });
    // Those inside may take long, and there is more room by and by.
    const growing = setInterval(() => this.#admit(), GROW_EVERY_MS);
    await promise.finally(() => {
      clearInterval(growing);
      signal?.removeEventListener('abort', leave);
    });
  }
}
