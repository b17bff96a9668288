import { unlessAborted } from '@regfleet/model';

/** What is being done at the moment, by name, so that nobody does the same thing beside it. */
export class WorkUnderWay {
  readonly #running = new Map<string, Promise<void>>();

  /** Does `work` under `key`, unless somebody already does: then waits until that is over and answers `undefined`. */
  async lead<Result>(
    key: string,
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<{ readonly result: Result } | undefined> {
    const running = this.#running.get(key);
    if (running !== undefined) {
      await unlessAborted(running, signal);
      return undefined;
    }
    const done = work();
    // A leader's failure is its own: whoever waited looks again and may lead next.
    const settled = done.then(ignore, ignore);
    this.#running.set(key, settled);
    try {
      return { result: await done };
    } finally {
      this.#running.delete(key);
    }
  }
}

const ignore = (): void => undefined;
