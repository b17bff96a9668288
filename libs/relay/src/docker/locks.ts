import { unlessAborted } from '@regfleet/model';

/** Names of which each is held by one copy at a time. */
export class NameLocks {
  /** When the last in line has let go, by name. */
  readonly #tails = new Map<string, Promise<void>>();

  /** Names in memory. */
  get size(): number {
    return this.#tails.size;
  }

  /**
   * Does `work` when nobody else holds any of `names`.
   *
   * @throws the abort reason while it waits.
   */
  async hold<Result>(
    names: readonly string[],
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> {
    // Everybody takes them in the same order, or two could wait for each other.
    const [first, ...rest] = [...new Set(names)].sort();
    if (first === undefined) return work();
    const release = await this.#acquire(first, signal);
    try {
      return await this.hold(rest, signal, work);
    } finally {
      release();
    }
  }

  async #acquire(name: string, signal: AbortSignal): Promise<() => void> {
    const before = this.#tails.get(name);
    const { promise, resolve } = Promise.withResolvers<void>();
    const tail = before === undefined ? promise : before.then(() => promise);
    this.#tails.set(name, tail);
    // Also where the last in line gave up while others still held it.
    tail.then(() => {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    });
    try {
      await unlessAborted(before ?? Promise.resolve(), signal);
      return resolve;
    } catch (error) {
      // Whoever waits behind still waits for whoever was before.
      resolve();
      throw error;
    }
  }
}
