import { SyncError } from '@regfleet/model';

// 250,000 names are 5,000 pages of the smallest size that registries are known to have.
const MAX_PAGES = 10_000;
// Registries that leave out what an account may not see send pages with nothing on them.
const MAX_EMPTY_PAGES = 100;
// Lists of the largest repositories take minutes.
const MAX_WAIT_MS = 30 * 60_000;

/** What a list may come to at most, whatever its registry makes up. */
export class ListBounds {
  readonly #maxNames: number;
  readonly #what: string;
  readonly #where: { readonly registry: string; readonly reference: string | undefined };
  #names = 0;
  #pages = 0;
  #emptyInRow = 0;
  #waitedMs = 0;

  /** @param what - the list as messages name it, e.g. `the list of tags of r.com/app`. */
  constructor(
    what: string,
    { registry, reference, maxNames }: { registry: string; reference?: string; maxNames: number },
  ) {
    this.#what = what;
    this.#where = { registry, reference };
    this.#maxNames = maxNames;
  }

  /**
   * One page came.
   *
   * @throws {SyncError} `LISTING_TOO_LARGE`
   */
  add({ names, waitedMs }: { readonly names: number; readonly waitedMs: number }): void {
    this.#names += names;
    this.#pages += 1;
    this.#emptyInRow = names === 0 ? this.#emptyInRow + 1 : 0;
    this.#waitedMs += waitedMs;
    if (this.#names > this.#maxNames) throw this.#tooLarge(`has more than ${this.#maxNames} names`);
    if (this.#pages > MAX_PAGES) throw this.#tooLarge(`has more than ${MAX_PAGES} pages`);
    if (this.#emptyInRow > MAX_EMPTY_PAGES)
      throw this.#tooLarge(`has more than ${MAX_EMPTY_PAGES} empty pages in a row`);
    if (this.#waitedMs > MAX_WAIT_MS)
      throw this.#tooLarge(`does not end within ${MAX_WAIT_MS / 60_000} minutes`);
  }

  #tooLarge(how: string): SyncError {
    return new SyncError('LISTING_TOO_LARGE', {
      message: `${this.#what} ${how}`,
      hint: 'raise limits.max-tags where the list is real, or name what is wanted one by one',
      ...this.#where,
    });
  }
}
