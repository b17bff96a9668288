import { type Digest, inTime, type Logger } from '@regfleet/model';
import type { BlobIndex } from './blob-index.ts';
import type { BlobLocations } from './blob-locations.ts';

// The index saves requests of some milliseconds each: one that takes longer is not worth waiting for.
const PATIENCE_MS = 1_000;

/** Keeps what this process knows and the shared index of the fleet abreast. A failing index costs requests, never a copy. */
export class SharedBlobLocations {
  readonly #own: BlobLocations;
  readonly #index: BlobIndex | undefined;
  readonly #logger: Logger;

  constructor(own: BlobLocations, index: BlobIndex | undefined, logger: Logger) {
    this.#own = own;
    this.#index = index;
    this.#logger = logger;
  }

  /** Asks the fleet about digests of which this process knows nothing. */
  async learn(registry: string, digests: readonly Digest[]): Promise<void> {
    const unknown = digests.filter((digest) => this.#own.holders(registry, digest).length === 0);
    if (unknown.length === 0) return;
    await this.#try(async (index) => {
      for (const [digest, repositories] of await index.holders(registry, unknown)) {
        for (const repository of repositories) this.#own.add(registry, repository, digest);
      }
    });
  }

  /** Tells the fleet what a repository holds for good, now that a manifest there refers to it. */
  async publish(registry: string, repository: string, digests: readonly Digest[]): Promise<void> {
    await this.#try((index) => index.add(registry, repository, digests));
  }

  async forget(registry: string, repository: string, digests: readonly Digest[]): Promise<void> {
    for (const digest of digests) this.#own.drop(registry, repository, digest);
    await this.#try((index) => index.drop(registry, repository, digests));
  }

  async #try(ask: (index: BlobIndex) => Promise<void>): Promise<void> {
    const index = this.#index;
    if (index === undefined) return;
    try {
      await inTime(PATIENCE_MS, late, () => ask(index));
    } catch (error) {
      this.#logger.debug({ error }, 'the shared blob index did not help');
    }
  }
}

const late = (): Error => new Error(`no answer in ${PATIENCE_MS} ms`);
