import type { RequestOptions } from '../contract.ts';
import type { NamedManifest } from './manifest-request.ts';
import type { Manifests } from './manifests.ts';

interface AnsweredManifest extends NamedManifest {
  /** Asked for with the rights of a push. */
  readonly isTarget: boolean;
}

/** The manifest that a registry has answered for last: what it can be asked for again to see whether it still does its work. */
export class LastManifest {
  readonly #manifests: Manifests;
  #last: AnsweredManifest | undefined;

  constructor(manifests: Manifests) {
    this.#manifests = manifests;
  }

  /** @returns what was answered, which is noted unless it is nothing. */
  async noted<Told>(manifest: AnsweredManifest, answer: Promise<Told>): Promise<Told> {
    const told = await answer;
    if (told !== undefined) this.#last = manifest;
    return told;
  }

  /** Whatever is told is good enough, also that it is gone. @throws {SyncError} why nothing is. */
  async askAgain({ signal }: RequestOptions = {}): Promise<void> {
    if (this.#last === undefined) return;
    const { repository, name, isTarget } = this.#last;
    const told = await this.#manifests[isTarget ? 'headTarget' : 'head'](repository, name, { signal });
    if (told !== undefined && 'untold' in told) throw told.untold;
  }
}
