import { unlessAborted } from '@regfleet/model';
/**
 * Lets the first request to a registry go alone: what it learns (TLS or not, how to authenticate) spares the others that
 * were waiting a failure each.
 */
export class FirstRequestGate {
  #isMade = false;
  #first: Promise<void> | undefined;

  /** True: none has to wait any more. */
  get isOpen(): boolean {
    return this.#isMade;
  }

  async run<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (this.#isMade) return await work();
    if (this.#first !== undefined) {
      await unlessAborted(this.#first, signal);
      // A failure of the first is not theirs: they find out by themselves, all at once.
      return await work();
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#first = promise;
    try {
      const result = await work();
      this.#isMade = true;
      return result;
    } finally {
      this.#first = undefined;
      resolve();
    }
  }
}
