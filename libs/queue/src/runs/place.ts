import type { Release } from '@regfleet/fleet';

/**
 * What an expansion takes of its process: one that only waits, be it for days, has to keep no other from being alone there.
 */
export class Place {
  #enter: (() => Promise<Release>) | undefined;
  #release: Release | undefined;
  #waits = 0;

  /** @throws what `enter` does. */
  async take(enter: () => Promise<Release>): Promise<void> {
    this.#enter = enter;
    this.#release = await enter();
  }

  /** Gives the place up while it waits, and has it again after the last of several waits. @throws also what `enter` does. */
  async without<Result>(wait: () => Promise<Result>): Promise<Result> {
    this.#waits += 1;
    this.leave();
    try {
      return await wait();
    } finally {
      this.#waits -= 1;
      if (this.#waits === 0) this.#release = await this.#enter?.();
    }
  }

  leave(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
