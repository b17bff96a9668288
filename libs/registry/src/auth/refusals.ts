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

/**
 * What an account was refused a moment ago, so that a wrong password is not shown again for every image: registries lock
 * accounts for that.
 *
 * Accounts are told apart by what they show, so everything is forgotten as soon as the credentials change.
 */
export class Refusals {
  readonly #now: () => number;
  readonly #refused = new Map<string, Refused>();
  #account = '';
  #isKnown = false;
  #whole: Refused | undefined;

  /** @param now - epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Why it would be useless to ask; absent: nothing speaks against it. */
  find(account: string, purpose: string): SyncError | undefined {
    if (account !== this.#account) return undefined;
    return [this.#refused.get(purpose), this.#whole].find((refused) => this.#isFresh(refused))?.error;
  }

  /** The account was refused, for a purpose. */
  add(account: string, purpose: string, error: SyncError): void {
    this.#turnTo(account);
    for (const [key, refused] of this.#refused) {
      if (!this.#isFresh(refused)) this.#refused.delete(key);
    }
    this.#refused.set(purpose, this.#remembered(error));
  }

  /** The account was refused for whatever purpose; without effect on one that was let in before. */
  addWhole(account: string, error: SyncError): void {
    this.#turnTo(account);
    if (!this.#isKnown) this.#whole = this.#remembered(error);
  }

  /** The account was let in for some purpose: what it is refused is not for its password. */
  accept(account: string): void {
    this.#turnTo(account);
    this.#isKnown = true;
    this.#whole = undefined;
  }

  /** True for an account that was refused for several purposes and never let in. */
  isDoubtful(account: string): boolean {
    if (account !== this.#account || this.#isKnown) return false;
    const unauthorized = [...this.#refused.values()].filter(({ error }) => error.code === 'UNAUTHORIZED');
    return unauthorized.length >= DOUBTFUL_FROM;
  }

  #turnTo(account: string): void {
    if (account === this.#account) return;
    this.#account = account;
    this.#isKnown = false;
    this.#whole = undefined;
    this.#refused.clear();
  }

  #remembered(error: SyncError): Refused {
    return { error, untilMs: this.#now() + REMEMBERED_MS };
  }

  #isFresh(refused: Refused | undefined): boolean {
    return refused !== undefined && this.#now() < refused.untilMs;
  }
}
