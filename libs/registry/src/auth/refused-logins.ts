import { BoundedMap, type SyncError } from '@regfleet/model';

// Less than the shortest interval of a task (30 s), so that every run finds out anew, and long enough that within a run
// each refused thing is asked for a few times a minute at most.
const REMEMBERED_MS = 20_000;

// One refusal may be about the repository; an account that gets nowhere has probably the wrong password.
const DOUBTFUL_FROM = 2;

// An account with rights to a few of many repositories is put to the test ever more rarely.
const DOUBTFUL_AT_MOST_FROM = 64;

interface Refused {
  readonly error: SyncError;
  readonly untilMs: number;
}

// Accounts of one registry, by files of logins; renewed tokens of clouds count as accounts too, and leave in turn.
const MAX_ACCOUNTS = 32;
// Tasks that run once a day find how doubtful an account was the day before.
const ACCOUNT_IDLE_MS = 25 * 60 * 60_000;
// Purposes of one account: a run asks for a few of them a second.
const MAX_REFUSED = 4_096;

interface Account {
  readonly refused: BoundedMap<string, SyncError>;
  /** Purposes for which its password was refused, since it was let in last. */
  inRow: number;
  /** So many in a row make it doubtful. */
  doubtfulFrom: number;
  whole: Refused | undefined;
}

/**
 * What accounts were refused a moment ago, so that a wrong password is not shown again for every image: registries lock
 * accounts for that.
 *
 * Accounts are told apart by what they show, so nothing speaks against credentials that have changed.
 */
export class RefusedLogins {
  readonly #now: () => number;
  readonly #accounts: BoundedMap<string, Account>;

  /** @param now - epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#accounts = new BoundedMap({ limit: MAX_ACCOUNTS, maxAgeMs: ACCOUNT_IDLE_MS, now });
  }

  /** What is remembered of all accounts: themselves, and what they were refused. */
  get size(): number {
    return this.#accounts.values().reduce((sum, { refused }) => sum + 1 + refused.size, 0);
  }

  /** Why it would be useless to ask; absent: nothing speaks against it. */
  find(account: string, purpose: string): SyncError | undefined {
    const known = this.#accounts.get(account);
    return known?.refused.get(purpose) ?? (this.#isFresh(known?.whole) ? known?.whole?.error : undefined);
  }

  /** The account was refused, for a purpose. */
  add(account: string, purpose: string, error: SyncError): void {
    const known = this.#of(account);
    if (error.code === 'UNAUTHORIZED' && known.refused.get(purpose) === undefined) known.inRow += 1;
    known.refused.set(purpose, error);
  }

  /** The account was let in for some purpose. */
  accept(account: string): void {
    const known = this.#of(account);
    known.inRow = 0;
    known.whole = undefined;
  }

  /** True for an account that was refused for several purposes in a row: its password may be wrong, as a `judge` can tell. */
  isDoubtful(account: string): boolean {
    const known = this.#accounts.get(account);
    return known !== undefined && known.inRow >= known.doubtfulFrom && !this.#isFresh(known.whole);
  }

  /** The account was asked for nothing in particular. @param refusal - absent: it was let in. */
  judge(account: string, refusal?: SyncError): void {
    const known = this.#of(account);
    known.inRow = 0;
    known.whole = refusal && this.#remembered(refusal);
    if (refusal === undefined) known.doubtfulFrom = Math.min(known.doubtfulFrom * 2, DOUBTFUL_AT_MOST_FROM);
  }

  #of(account: string): Account {
    const known = this.#accounts.get(account) ?? {
      refused: new BoundedMap({ limit: MAX_REFUSED, maxAgeMs: REMEMBERED_MS, now: this.#now }),
      inRow: 0,
      doubtfulFrom: DOUBTFUL_FROM,
      whole: undefined,
    };
    this.#accounts.set(account, known);
    return known;
  }

  #remembered(error: SyncError): Refused {
    return { error, untilMs: this.#now() + REMEMBERED_MS };
  }

  #isFresh(refused: Refused | undefined): boolean {
    return refused !== undefined && this.#now() < refused.untilMs;
  }
}
