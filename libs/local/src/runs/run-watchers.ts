import type { RunRecord } from '@regfleet/fleet';
import { type Logger, toSyncError } from '@regfleet/model';

/** @param run - absent: there is none of that id, or no more. */
type Listener = (run: RunRecord | undefined) => void;

// Runs that end before anybody watches; those that nobody ever watches must not pile up.
const MOST_UNTOLD = 100;

/** Those who want to hear of runs. What they make of it is none of the runs' business: their failures end in the log. */
export class RunWatchers {
  readonly #logger: Logger;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #ofEnds = new Set<(run: RunRecord) => void>();
  readonly #untold: RunRecord[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Tells each change of one run. @returns stops it. */
  listen(runId: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(runId) ?? new Set();
    this.#listeners.set(runId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(runId);
    };
  }

  /** Whether somebody would hear of a change of the run. */
  hears(runId: string): boolean {
    return this.#listeners.has(runId);
  }

  tell(runId: string, run: RunRecord | undefined): void {
    for (const listener of this.#listeners.get(runId) ?? []) listener(run);
  }

  /** Each run that ends is told to one of those who watch. */
  watchEnded(listener: (run: RunRecord) => void): () => void {
    this.#ofEnds.add(listener);
    for (const run of this.#untold.splice(0)) this.#tellEnd(listener, run);
    return () => this.#ofEnds.delete(listener);
  }

  ended(run: RunRecord): void {
    const [listener] = this.#ofEnds;
    if (listener === undefined) this.#untold.push(run);
    else this.#tellEnd(listener, run);
    if (this.#untold.length > MOST_UNTOLD) this.#untold.shift();
  }

  #tellEnd(listener: (run: RunRecord) => void, run: RunRecord): void {
    try {
      listener(run);
    } catch (error) {
      this.#logger.warn({ run: run.id, error: toSyncError(error) }, 'the end of a run could not be told');
    }
  }
}
