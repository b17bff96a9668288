import { BoundedMap, isSyncError, type Reference } from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';

// Enough to tell a repository that is to be filled from one that lacks a tag.
const MISSES_TO_LIST = 4;
// A longer list costs more than the questions it may spare.
const PAGES_READ = 2;
// A plan goes from one repository to the next, with a few under way.
const BOUNDS = { limit: 32, maxAgeMs: 25 * 60 * 60_000 };

interface SeenRepository {
  /** Tags in a row that were not there. */
  misses: number;
  /** All that it holds; resolves to undefined where that is too much or cannot be listed. */
  tags?: Promise<ReadonlySet<string> | undefined>;
}

/**
 * Spares asking for each tag of a target's repository that has turned out to lack several in a row, as a new mirror
 * does: its tags are listed once instead.
 */
export class TargetTags {
  readonly #client: RegistryClient;
  readonly #repositories = new BoundedMap<string, SeenRepository>(BOUNDS);

  constructor(client: RegistryClient) {
    this.#client = client;
  }

  /** True: the repository is known not to hold the tag. */
  async lacks({ repository, tag }: Reference, signal?: AbortSignal): Promise<boolean> {
    const seen = this.#repositories.get(repository);
    if (tag === undefined || seen === undefined || seen.misses < MISSES_TO_LIST) return false;
    seen.tags ??= this.#list(repository, signal);
    const tags = await seen.tags;
    return tags !== undefined && !tags.has(tag);
  }

  /** What the registry answered when it was asked for a tag. */
  record({ repository, tag }: Reference, answer: 'missing' | 'there'): void {
    if (tag === undefined) return;
    const seen = this.#repositories.get(repository) ?? { misses: 0 };
    seen.misses = answer === 'missing' ? seen.misses + 1 : 0;
    this.#repositories.set(repository, seen);
  }

  async #list(repository: string, signal?: AbortSignal): Promise<ReadonlySet<string> | undefined> {
    const tags = new Set<string>();
    let pages = 0;
    try {
      for await (const page of this.#client.listTargetTags(repository, {
        signal,
        maxPages: PAGES_READ + 1,
      })) {
        pages += 1;
        for (const tag of page) tags.add(tag);
      }
      return pages > PAGES_READ ? undefined : tags;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isSyncError(error)) throw error;
      // Asking for each tag will show what is wrong, if anything is.
      return error.code === 'REPOSITORY_UNKNOWN' ? tags : undefined;
    }
  }
}
