import { FRESH_MS } from '../auth/token-cache.ts';

// Of tokens that age while a body is under way of which nothing is kept.
const MAX_IN_VAIN = 5;

/**
 * How often an upload's login is renewed: as often as one has aged, since a large blob outlives many. What was given for this very
 * attempt and got nowhere has not run out.
 */
export class Renewals {
  readonly #now: () => number;
  /** When the login was renewed last, and how far the registry had taken the blob by then. */
  #last: { readonly atMs: number; readonly offset: number } | undefined;
  #inVain = 0;

  /** @param now - epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** True: nothing has come of the last one. */
  get areInVain(): boolean {
    return this.#inVain > 0;
  }

  /** Whether a 401 is worth another attempt. @param offset - how far the registry has taken the blob. */
  admit(offset: number): boolean {
    const nowMs = this.#now();
    if (this.#last !== undefined && offset <= this.#last.offset) {
      this.#inVain += 1;
      const isFresh = nowMs - this.#last.atMs < FRESH_MS;
      if (isFresh || this.#inVain > MAX_IN_VAIN) return false;
    } else {
      this.#inVain = 0;
    }
    this.#last = { atMs: nowMs, offset };
    return true;
  }
}
