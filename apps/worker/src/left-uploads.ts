import { locationFor, type SyncConfig } from '@regfleet/config';
import type { FleetUploads } from '@regfleet/fleet';
import { type Location, type Logger, within } from '@regfleet/model';
import type { LeftUpload, Registries } from '@regfleet/registry';

export interface LeftUploadsOptions {
  readonly uploads: FleetUploads;
  readonly registries: Registries;
  readonly config: () => SyncConfig;
  readonly logger: Logger;
}

const STOP_MS = 3_000;

/**
 * Ends the uploads of processes that died, as far as accounts of the config have begun them.
 *
 * A note is acted on at the second look that finds it: where the store was away, its process may not have been able to keep it.
 */
export class LeftUploads {
  readonly #options: LeftUploadsOptions;
  #seen: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: LeftUploadsOptions) {
    this.#options = options;
  }

  /** @param isDue - false: not now. */
  lookEvery(everyMs: number, isDue: () => boolean): void {
    const end = (): void => {
      this.#looking = undefined;
    };
    const failed = (error: unknown): void =>
      this.#options.logger.debug({ err: error }, 'uploads of dead processes could not be looked for');
    this.#timer = setInterval(() => {
      if (isDue())
        this.#looking ??= this.look()
          .then(() => undefined, failed)
          .finally(end);
    }, everyMs).unref();
  }

  /** Waits for a look that is under way, which ends in moments. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await within(this.#looking ?? Promise.resolve(), STOP_MS);
  }

  /** @returns how many it asked registries to end. */
  async look(): Promise<number> {
    const { uploads, logger } = this.#options;
    const lapsed = await uploads.lapsed();
    const before = this.#seen;
    this.#seen = new Set(lapsed);
    let count = 0;
    for (const note of lapsed) {
      if (!before.has(note)) continue;
      const upload = await this.#find(note);
      if (upload === undefined || !(await uploads.drop(note))) continue;
      await upload.end();
      count += 1;
    }
    if (count > 0) logger.info({ uploads: count }, 'ended uploads that dead processes had left');
    return count;
  }

  async #find(note: string): Promise<LeftUpload | undefined> {
    const { registries } = this.#options;
    for (const location of this.#accountsAt(note.slice(0, note.indexOf('/')))) {
      // Credentials that cannot be had are told by the copies that need them.
      const found = await registries
        .connect(location)
        .leftUpload(note)
        .catch(() => undefined);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #accountsAt(host: string): readonly Location[] {
    const config = this.#options.config();
    const targets = config.tasks.flatMap((task) => task.targets);
    const named = [...targets, ...config.registries.values()].filter(
      ({ registry }) => registry.host === host,
    );
    return named.length === 0 ? [] : [...new Set([...named, locationFor(config, host)])];
  }
}
