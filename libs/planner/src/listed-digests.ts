import { BoundedMap, isSyncError, type Reference, type Side } from '@regfleet/model';
import type { RegistryClient, TagDigest } from '@regfleet/registry';

// Of few tags each costs less to ask about than a list does, and a repository of which one is wanted may have many.
const ASKED_ONE_BY_ONE = 2;
// A list is read as long as it costs a tenth of what it may spare.
const TAGS_PER_PAGE = 10;
// A plan goes from one repository to the next, with a few under way.
const BOUNDS = { limit: 32, maxAgeMs: 25 * 60 * 60_000 };

interface SeenRepository {
  asked: number;
  digests?: Promise<ReadonlyMap<string, TagDigest>>;
}

/**
 * What the lists of one side's registry tell of tags, for those that would have to be asked about one by one.
 *
 * A list may be behind its registry, or wrong: it may show that nothing is to be done, never what is.
 */
export class ListedDigests {
  readonly #client: RegistryClient;
  readonly #isTarget: boolean;
  readonly #repositories = new BoundedMap<string, SeenRepository>(BOUNDS);

  constructor(client: RegistryClient, side: Side) {
    this.#client = client;
    this.#isTarget = side === 'target';
  }

  /**
   * Absent: no list tells of the tag.
   *
   * @param among - how many tags of the repository are likely to be asked about.
   */
  async of(
    { repository, tag, digest }: Reference,
    among: number,
    signal: AbortSignal | undefined,
  ): Promise<TagDigest | undefined> {
    if (tag === undefined || digest !== undefined) return undefined;
    const seen = this.#repositories.get(repository) ?? { asked: 0 };
    this.#repositories.set(repository, seen);
    seen.asked += 1;
    if (seen.asked <= ASKED_ONE_BY_ONE || among <= TAGS_PER_PAGE) return undefined;
    seen.digests ??= this.#list(repository, Math.ceil(among / TAGS_PER_PAGE), signal);
    return (await seen.digests).get(tag);
  }

  async #list(
    repository: string,
    maxPages: number,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, TagDigest>> {
    const digests = new Map<string, TagDigest>();
    const pages = this.#client.listDigests(repository, { signal, isTarget: this.#isTarget });
    if (pages === undefined) return digests;
    let count = 0;
    try {
      for await (const page of pages) {
        for (const one of page) digests.set(one.tag, one);
        count += 1;
        if (count >= maxPages) break;
      }
    } catch (error) {
      signal?.throwIfAborted();
      // Asking about each tag will show what is wrong, if anything is.
      if (!isSyncError(error)) throw error;
    }
    return digests;
  }
}
