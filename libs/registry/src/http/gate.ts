/** Lets a few in at once, in the order in which they came, and whoever has waited for too long as well. */
export class Gate {
  readonly #width: number;
  readonly #patienceMs: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  /** @param patienceMs - nobody waits longer for those before. */
  constructor(width: number, patienceMs: number) {
    this.#width = width;
    this.#patienceMs = patienceMs;
  }

  /** @throws the signal's reason when it aborts before it is this one's turn. */
  async pass<Result>(work: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#inside -= 1;
      if (this.#inside < this.#width) this.#waiting.shift()?.();
    }
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#inside < this.#width) {
      this.#inside += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const enter = (): void => {
      this.#inside += 1;
      resolve();
    };
    const stopWaiting = (goOn: () => void): void => {
      const place = this.#waiting.indexOf(enter);
      if (place < 0) return;
      this.#waiting.splice(place, 1);
      goOn();
    };
    const giveUp = (): void => stopWaiting(() => reject(signal?.reason));
    this.#waiting.push(enter);
    signal?.addEventListener('abort', giveUp, { once: true });
    const timer = setTimeout(() => stopWaiting(enter), this.#patienceMs);
    await promise.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    });
  }
}
