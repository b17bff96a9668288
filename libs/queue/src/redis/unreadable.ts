import { clip, type Logger, redact } from '@regfleet/model';
import type { Redis } from 'ioredis';
import { redisTrouble } from './trouble.ts';

// An entry is met again at every look: each is told of once, and of no more than somebody may want to read.
const MOST_TOLD = 100;
// Whoever wrote the entry chose the length of its name.
const SHOWN_LENGTH = 200;

/** Entries below our prefix that no release of ours wrote: whoever reads them leaves them out, and this tells of them. */
export class Unreadable {
  readonly #client: Redis;
  readonly #logger: Logger;
  readonly #told = new Set<string>();

  constructor(client: Redis, logger: Logger) {
    this.#client = client;
    this.#logger = logger;
  }

  tell(key: string, why: string): void {
    const shown = clip(key, SHOWN_LENGTH);
    if (this.#told.has(shown) || this.#told.size >= MOST_TOLD) return;
    this.#told.add(shown);
    this.#logger.warn(
      { key: shown, why: redact(clip(why, SHOWN_LENGTH)) },
      'what Redis holds there cannot be read and is left out: has another program written it?',
    );
  }

  /**
   * What `read` gives; absent, and told of, when it fails.
   *
   * @throws what `read` throws while there is no connection to Redis, or where it refuses the command: then nothing is known of the
   *   entry.
   */
  async unless<T>(key: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (this.#client.status !== 'ready' || redisTrouble(error) !== undefined) throw error;
      this.tell(key, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}
