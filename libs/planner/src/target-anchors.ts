import { type AnchorTag, anchorLabel, BoundedMap, type Reference } from '@regfleet/model';
import { listAnchors, type RegistryClient } from '@regfleet/registry';

// A plan goes from one repository to the next, with a few under way.
const BOUNDS = { limit: 32, maxAgeMs: 25 * 60 * 60_000 };

/** The anchors of a target, by one list for each of its repositories. */
export class TargetAnchors {
  readonly #client: RegistryClient;
  readonly #repositories = new BoundedMap<string, Promise<ReadonlyMap<string, readonly AnchorTag[]>>>(BOUNDS);

  constructor(client: RegistryClient) {
    this.#client = client;
  }

  /** Those of one tag, in no order. @throws {SyncError} where its repository cannot be listed */
  async of({ repository, tag = '' }: Reference, signal?: AbortSignal): Promise<readonly AnchorTag[]> {
    const listed = this.#repositories.get(repository) ?? this.#list(repository, signal);
    this.#repositories.set(repository, listed);
    return (await listed).get(anchorLabel(tag)) ?? [];
  }

  async #list(repository: string, signal?: AbortSignal): Promise<ReadonlyMap<string, readonly AnchorTag[]>> {
    return Map.groupBy(await listAnchors(this.#client, repository, signal), ({ label }) => label);
  }
}
