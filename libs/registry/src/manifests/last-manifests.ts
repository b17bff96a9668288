import { isSyncError } from '@regfleet/model';
import type { RequestOptions } from '../contract.ts';
import type { NamedManifest } from './manifest-request.ts';
import type { Manifests } from './manifests.ts';

interface AnsweredManifest extends NamedManifest {
  /** Asked for with the rights of a push. */
  readonly isTarget: boolean;
}

// One repository may be broken by itself.
const MOST_REPOSITORIES = 3;

/** The manifests that a registry has answered for last: what it can be asked for again to see whether it still does its work. */
export class LastManifests {
  readonly #manifests: Manifests;
  /** By repository, the one that was answered last behind the others. */
  readonly #last = new Map<string, AnsweredManifest>();

  constructor(manifests: Manifests) {
    this.#manifests = manifests;
  }

  get isEmpty(): boolean {
    return this.#last.size === 0;
  }

  /** @returns what was answered, which is noted unless it is nothing, or that nothing is told. */
  async noted<Told>(manifest: AnsweredManifest, answer: Promise<Told>): Promise<Told> {
    const told = await answer;
    const isUntold = typeof told === 'object' && told !== null && 'untold' in told;
    if (told !== undefined && !isUntold) this.#note(manifest);
    return told;
  }

  /** One that is told is enough, also that it is gone. @throws {SyncError} why none is. */
  async askAgain({ signal }: RequestOptions = {}): Promise<void> {
    let failure: unknown;
    for (const { repository, name, isTarget } of [...this.#last.values()].toReversed()) {
      try {
        const told = await this.#manifests[isTarget ? 'headTarget' : 'head'](repository, name, { signal });
        if (told === undefined || !('untold' in told)) return;
        failure ??= told.untold;
      } catch (error) {
        signal?.throwIfAborted();
        if (!isSyncError(error)) throw error;
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  #note(manifest: AnsweredManifest): void {
    const { repository } = manifest;
    this.#last.delete(repository);
    this.#last.set(repository, manifest);
    const [oldest] = this.#last.keys();
    if (this.#last.size > MOST_REPOSITORIES && oldest !== undefined) this.#last.delete(oldest);
  }
}
