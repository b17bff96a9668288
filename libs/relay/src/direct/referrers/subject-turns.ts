import { unlessAborted } from '@regfleet/model';
import type { SubjectLease, SubjectLeases } from '../../subject-leases.ts';

/** Within a process one after the other, so that only the first of them stands for the lease of the fleet. */
export class SubjectTurns implements SubjectLeases {
  readonly #shared: SubjectLeases | undefined;
  readonly #last = new Map<string, Promise<void>>();

  /** @param shared - absent: there is no other process. */
  constructor(shared: SubjectLeases | undefined) {
    this.#shared = shared;
  }

  async hold<Result>(
    name: string,
    signal: AbortSignal,
    work: (lease: SubjectLease) => Promise<Result>,
  ): Promise<Result> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const turn = Promise.withResolvers<void>();
    const own = before.then(() => turn.promise);
    this.#last.set(name, own);
    try {
      await unlessAborted(before, signal);
      if (this.#shared !== undefined) return await this.#shared.hold(name, signal, work);
      return await work({ signal, check: () => signal.throwIfAborted() });
    } finally {
      turn.resolve();
      if (this.#last.get(name) === own) this.#last.delete(name);
    }
  }
}
