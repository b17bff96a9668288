import { BoundedMap, type Logger, unlessAborted } from '@regfleet/model';
import type { Daemon } from './daemon.ts';
import { type LeftImages, wipe } from './left-images.ts';

// Removing an image of many gigabytes takes a daemon seconds; one that takes longer hangs.
const TIMEOUT_MS = 30_000;

// What is older, or more, stays on the daemon: the log names it.
const MAX_TRACES = 1_000;
const MAX_AGE_MS = 7 * 24 * 60 * 60_000;

/** What could not be wiped off the daemon when its copy was over, because the daemon did not answer. */
export class ImageCleanUp {
  readonly #daemon: Daemon;
  readonly #logger: Logger;
  readonly #leftImages = new BoundedMap<LeftImages, LeftImages>({ limit: MAX_TRACES, maxAgeMs: MAX_AGE_MS });

  constructor(daemon: Daemon, logger: Logger) {
    this.#daemon = daemon;
    this.#logger = logger;
  }

  /** Does not throw: what stays behind is tried again later. */
  async wipe(leftImages: LeftImages): Promise<void> {
    try {
      await unlessAborted(wipe(this.#daemon, leftImages), AbortSignal.timeout(TIMEOUT_MS));
      this.#leftImages.delete(leftImages);
    } catch (error) {
      this.#leftImages.set(leftImages, leftImages);
      const names = leftImages.names.map(({ name }) => name);
      this.#logger.warn({ names, error }, 'images of a copy are still on the docker daemon');
    }
  }

  /** @param names - held by the caller. */
  async wipeNamed(names: readonly string[]): Promise<void> {
    const isNamed = (leftImages: LeftImages): boolean =>
      leftImages.names.some(({ name }) => names.includes(name));
    for (const leftImages of this.#leftImages.values().filter(isNamed)) await this.wipe(leftImages);
  }

  async wipeAll(): Promise<void> {
    for (const leftImages of this.#leftImages.values()) await this.wipe(leftImages);
  }
}
