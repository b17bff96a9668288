import { unlessAborted } from './unless-aborted.ts';

interface Flight<T> {
  readonly promise: Promise<T>;
  readonly abort: AbortController;
  waiters: number;
}

/**
 * Runs `work` once for everybody who asks while it runs.
 *
 * A caller's abort ends that caller's wait only; the work itself is aborted when nobody waits for it any more.
 */
export class SingleFlight<T> {
  readonly #work: (signal: AbortSignal) => Promise<T>;
  #flight: Flight<T> | undefined;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#work = work;
  }

  /** True while nobody waits. */
  get isIdle(): boolean {
    return this.#flight === undefined;
  }

  /** @throws the reason of `signal` once that is aborted; else whatever the work throws. */
  async run(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    this.#flight ??= this.#start();
    const flight = this.#flight;
    flight.waiters += 1;
    try {
      return await unlessAborted(flight.promise, signal);
    } finally {
      flight.waiters -= 1;
      if (flight.waiters === 0) {
        if (this.#flight === flight) this.#flight = undefined;
        flight.abort.abort(signal?.reason);
      }
    }
  }

  #start(): Flight<T> {
    const abort = new AbortController();
    const promise = this.#work(abort.signal);
    // Every waiter may have left before it fails.
    promise.catch(() => undefined);
    return { promise, abort, waiters: 0 };
  }
}
