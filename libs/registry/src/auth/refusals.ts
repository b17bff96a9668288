import type { SyncError } from '@regfleet/model';

// Less than the shortest interval of a task (30 s), so that every run finds out anew, and long enough that within a run
// each refused thing is asked for a few times a minute at most.
const REMEMBERED_MS = 20_000;

// One refusal may be about the repository; an account that gets nowhere at all has probably the wrong password.
const DOUBTFUL_FROM = 2;

interface Refused {
  readonly error: SyncError;
  readonly untilMs: number;
}

// Accounts of one registry, by files of logins; renewed tokens of clouds count as accounts too, and leave in turn.
const MAX_ACCOUNTS = 32;

interface Account {
  readonly refused: Map<string, Refused>;
  /** It was let in for some purpose. */
  isKnown: boolean;
  whole: Refused | undefined;
}

/**
 * What accounts were refused a moment ago, so that a wrong password is not shown again for every image: registries lock
 * accounts for that.
 *
 * Accounts are told apart by what they show, so nothing speaks against credentials that have changed.
 */
export class Refusals {
  readonly #now: () => number;
  readonly #accounts = new Map<string, Account>();

  /** @param now - epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Why it would be useless to ask; absent: nothing speaks against it. */
  find(account: string, purpose: string): SyncError | undefined {
    const known = this.#accounts.get(account);
    return [known?.refused.get(purpose), known?.whole].find((refused) => this.#isFresh(refused))?.error;
  }

  /** The account was refused, for a purpose. */
  add(account: string, purpose: string, error: SyncError): void {
    const { refused } = this.#of(account);
    for (const [key, earlier] of refused) {
      if (!this.#isFresh(earlier)) refused.delete(key);
    }
    refused.set(purpose, this.#remembered(error));
  }

  /** The account was refused for whatever purpose; without effect on one that was let in before. */
  addWhole(account: string, error: SyncError): void {
    const known = this.#of(account);
    if (!known.isKnown) known.whole = this.#remembered(error);
  }

  /** The account was let in for some purpose: what it is refused is not for its password. */
  accept(account: string): void {
    const known = this.#of(account);
    known.isKnown = true;
    known.whole = undefined;
  }

  /** True for an account that was refused for several purposes and never let in. */
  isDoubtful(account: string): boolean {
    const known = this.#accounts.get(account);
    if (known === undefined || known.isKnown) return false;
    const unauthorized = [...known.refused.values()].filter(({ error }) => error.code === 'UNAUTHORIZED');
    return unauthorized.length >= DOUBTFUL_FROM;
  }

  #of(account: string): Account {
    const known = this.#accounts.get(account) ?? { refused: new Map(), isKnown: false, whole: undefined };
    // The one that was used last is at the end.
    this.#accounts.delete(account);
    this.#accounts.set(account, known);
    for (const oldest of this.#accounts.keys()) {
      if (this.#accounts.size <= MAX_ACCOUNTS) break;
      this.#accounts.delete(oldest);
    }
    return known;
  }

  #remembered(error: SyncError): Refused {
    return { error, untilMs: this.#now() + REMEMBERED_MS };
  }

  #isFresh(refused: Refused | undefined): boolean {
    return refused !== undefined && this.#now() < refused.untilMs;
  }
}
