import type { Logger } from '@regfleet/model';
import { abortable } from '../abortable.ts';
import type { Daemon } from './daemon.ts';
import { type Traces, wipe } from './traces.ts';

// Removing an image of many gigabytes takes a daemon seconds; one that takes longer hangs.
const TIMEOUT_MS = 30_000;

/** What could not be wiped off the daemon when its copy was over, because the daemon did not answer. */
export class Leftovers {
  readonly #daemon: Daemon;
  readonly #logger: Logger;
  readonly #traces = new Set<Traces>();

  constructor(daemon: Daemon, logger: Logger) {
    this.#daemon = daemon;
    this.#logger = logger;
  }

  /** Does not throw: what stays behind is tried again later. */
  async wipe(traces: Traces): Promise<void> {
    try {
      await abortable(wipe(this.#daemon, traces), AbortSignal.timeout(TIMEOUT_MS));
      this.#traces.delete(traces);
    } catch (error) {
      this.#traces.add(traces);
      const names = traces.names.map(({ name }) => name);
      this.#logger.warn({ names, error }, 'images of a copy are still on the docker daemon');
    }
  }

  /** @param names - held by the caller. */
  async wipeNamed(names: readonly string[]): Promise<void> {
    const isNamed = (traces: Traces): boolean => traces.names.some(({ name }) => names.includes(name));
    for (const traces of [...this.#traces].filter(isNamed)) await this.wipe(traces);
  }

  async wipeAll(): Promise<void> {
    for (const traces of [...this.#traces]) await this.wipe(traces);
  }
}
