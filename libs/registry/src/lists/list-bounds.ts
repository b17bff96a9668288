import { SyncError } from '@regfleet/model';

// 250,000 names are 5,000 pages of the smallest size that registries are known to have.
const MAX_PAGES = 10_000;
// Registries that leave out what an account may not see send pages with nothing on them.
const MAX_EMPTY_PAGES = 1_000;
// Lists of the largest repositories take minutes.
const MAX_WAIT_MS = 30 * 60_000;
// On average; names of 128 characters exist, of 20 are usual.
const MAX_CHARACTERS_PER_NAME = 64;

const RAISE = 'raise limits.max-tags where the list is real, or name what is wanted one by one';
const UNENDING =
  'does the list end? Name what is wanted one by one, and tell whoever runs the registry of its pages';

/** What a list may come to at most, whatever its registry makes up. */
export class ListBounds {
  readonly #maxNames: number;
  readonly #what: string;
  readonly #where: { readonly registry: string; readonly reference: string | undefined };
  #names = 0;
  #characters = 0;
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
   * @throws {SyncError} `LISTING_TOO_LARGE`, `TOO_SLOW`
   */
  add({ names, waitedMs }: { readonly names: readonly string[]; readonly waitedMs: number }): void {
    this.#names += names.length;
    for (const { length } of names) this.#characters += length;
    this.#pages += 1;
    this.#emptyInRow = names.length === 0 ? this.#emptyInRow + 1 : 0;
    this.#waitedMs += waitedMs;
    if (this.#names > this.#maxNames) throw this.#tooLarge(`has more than ${this.#maxNames} names`, RAISE);
    const maxCharacters = this.#maxNames * MAX_CHARACTERS_PER_NAME;
    if (this.#characters > maxCharacters)
      throw this.#tooLarge(`has names of more than ${maxCharacters} characters together`, RAISE);
    if (this.#pages > MAX_PAGES) throw this.#tooLarge(`has more than ${MAX_PAGES} pages`, UNENDING);
    if (this.#emptyInRow > MAX_EMPTY_PAGES)
      throw this.#tooLarge(`has more than ${MAX_EMPTY_PAGES} empty pages in a row`, UNENDING);
    if (this.#waitedMs > MAX_WAIT_MS) throw this.#tooSlow();
  }

  #tooLarge(how: string, hint: string): SyncError {
    return new SyncError('LISTING_TOO_LARGE', { message: `${this.#what} ${how}`, hint, ...this.#where });
  }

  #tooSlow(): SyncError {
    return new SyncError('TOO_SLOW', {
      message: `${this.#what} does not end within ${MAX_WAIT_MS / 60_000} minutes`,
      hint: 'is the registry overloaded? Name what is wanted one by one where it stays so',
      ...this.#where,
    });
  }
}
