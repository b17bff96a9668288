import { BoundedMap, isSyncError, type Reference, unlessAborted } from '@regfleet/model';
import type { RegistryClient } from '@regfleet/registry';

// Of fewer, asking for each costs no more than the list.
const WORTH_LISTING = 4;
// Some lack tags behind others that are there.
const MISSES_TO_LIST = 4;
// A longer list costs more than the questions it may spare.
const PAGES_READ = 2;
// A plan goes from one repository to the next, with as many under way as there are comparisons at once.
const BOUNDS = { limit: 1_024, maxAgeMs: 25 * 60 * 60_000 };

/** Whether a tag is asked for: not where it is known to be `missing`, and of many the first before all others. */
export type Turn = 'missing' | 'first' | 'ask';

interface SeenRepository {
  asked: number;
  answered: number;
  /** Tags in a row that were not there. */
  misses: number;
  isWorthListing: boolean;
  /** Resolves when the first has been answered: the others are asked for, or not, by what it has shown. */
  readonly scouted: PromiseWithResolvers<void>;
  /** All that it holds; resolves to undefined where that is too much or cannot be listed. */
  tags?: Promise<ReadonlySet<string> | undefined>;
}

/**
 * Spares asking for each tag of a target's repository whose first lacks, or several in a row later on, as in a new mirror: its tags
 * are listed once instead.
 */
export class TargetTags {
  readonly #client: Pick<RegistryClient, 'listTargetTags'>;
  readonly #repositories = new BoundedMap<string, SeenRepository>({
    ...BOUNDS,
    // Nobody finds it any more who has been told: whoever waits asks for himself.
    onDrop: ({ scouted }) => scouted.resolve(),
  });

  constructor(client: Pick<RegistryClient, 'listTargetTags'>) {
    this.#client = client;
  }

  /** @param among - how many tags of the repository are likely to be asked about. */
  async turnOf({ repository, tag }: Reference, among: number, signal?: AbortSignal): Promise<Turn> {
    if (tag === undefined || among < WORTH_LISTING) return 'ask';
    const seen = this.#seen(repository);
    seen.asked += 1;
    if (seen.asked === 1) return 'first';
    if (seen.answered === 0) await unlessAborted(seen.scouted.promise, signal);
    const tags = await this.#listed(repository, seen, signal);
    return tags === undefined || tags.has(tag) ? 'ask' : 'missing';
  }

  /** What the registry answered when it was asked for a tag, or that it told nothing; to be called for each that had its turn to ask. */
  record({ repository, tag }: Reference, answer: 'missing' | 'there' | 'untold'): void {
    const seen = tag === undefined ? undefined : this.#repositories.get(repository);
    if (seen === undefined) return;
    seen.answered += 1;
    if (answer !== 'untold') seen.misses = answer === 'missing' ? seen.misses + 1 : 0;
    const isNews = seen.answered === 1 || seen.misses >= MISSES_TO_LIST;
    if (answer === 'missing' && isNews) seen.isWorthListing = true;
    seen.scouted.resolve();
  }

  /** True: the repository has no tag, as far as it is worth finding out. To be asked once a tag was found to be missing. */
  async isNew({ repository }: Reference, signal?: AbortSignal): Promise<boolean> {
    const seen = this.#repositories.get(repository);
    const tags = seen && (await this.#listed(repository, seen, signal));
    return tags?.size === 0;
  }

  async #listed(
    repository: string,
    seen: SeenRepository,
    signal?: AbortSignal,
  ): Promise<ReadonlySet<string> | undefined> {
    if (seen.isWorthListing) seen.tags ??= this.#list(repository, signal);
    return await seen.tags;
  }

  #seen(repository: string): SeenRepository {
    const known = this.#repositories.get(repository);
    if (known !== undefined) return known;
    const scouted = Promise.withResolvers<void>();
    const seen = { asked: 0, answered: 0, misses: 0, isWorthListing: false, scouted };
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
