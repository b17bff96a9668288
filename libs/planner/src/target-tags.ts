import { BoundedMap, isSyncError, type Reference, unlessAborted } from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';

// Enough to tell a repository that is to be filled from one that lacks a tag.
const MISSES_TO_LIST = 4;
// A longer list costs more than the questions it may spare.
const PAGES_READ = 2;
// A plan goes from one repository to the next. None is to be forgotten while somebody waits for what its first tags show, and of as
// many as there are comparisons at once one may be under way.
const BOUNDS = { limit: 1_024, maxAgeMs: 25 * 60 * 60_000 };

interface SeenRepository {
  asked: number;
  answered: number;
  /** Tags in a row that were not there. */
  misses: number;
  /** Resolves when the first few have been answered: the others are asked for, or not, by what these have shown. */
  readonly scouted: PromiseWithResolvers<void>;
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
    if (tag === undefined) return false;
    const seen = this.#seen(repository);
    seen.asked += 1;
    if (seen.asked <= MISSES_TO_LIST) return false;
    if (seen.answered < MISSES_TO_LIST) await unlessAborted(seen.scouted.promise, signal);
    if (seen.misses < MISSES_TO_LIST) return false;
    seen.tags ??= this.#list(repository, signal);
    const tags = await seen.tags;
    return tags !== undefined && !tags.has(tag);
  }

  /** What the registry answered when it was asked for a tag that it was not known to lack; to be called for each of these. */
  record({ repository, tag }: Reference, answer: 'missing' | 'there' | 'untold'): void {
    if (tag === undefined) return;
    const seen = this.#seen(repository);
    seen.answered += 1;
    if (answer !== 'untold') seen.misses = answer === 'missing' ? seen.misses + 1 : 0;
    if (seen.answered >= MISSES_TO_LIST) seen.scouted.resolve();
  }

  #seen(repository: string): SeenRepository {
    const known = this.#repositories.get(repository);
    if (known !== undefined) return known;
    const seen = { asked: 0, answered: 0, misses: 0, scouted: Promise.withResolvers<void>() };
    this.#repositories.set(repository, seen);
    return seen;
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
