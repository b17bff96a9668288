import { isSyncError, SingleFlight, type SyncError } from '@regfleet/model';
import { RefusedLogins } from './refused-logins.ts';

/** Keeps what was refused from being shown again and again: registries and token servers lock accounts for that. */
export class LoginLockout {
  readonly #refusals: RefusedLogins;
  /** By account, while it is being found out whether it is locked out as a whole. */
  readonly #flights = new Map<string, SingleFlight<void>>();

  /** @param now - epoch milliseconds. */
  constructor(now: () => number) {
    this.#refusals = new RefusedLogins(now);
  }

  /** Why it would be useless to ask; absent: nothing speaks against it. */
  find(account: string, purpose: string): SyncError | undefined {
    return this.#refusals.find(account, purpose);
  }

  accepted(account: string): void {
    this.#refusals.accept(account);
  }

  refused(account: string, purpose: string, error: SyncError): void {
    this.#refusals.add(account, purpose, error);
  }

  /**
   * Finds out whether it is the account that is refused, or what it asks for, once it looks as if it were the account.
   *
   * @param ask - asks for nothing in particular, as `docker login` does. @returns the refusal; absent: it was let in.
   */
  async judge(
    account: string,
    ask: (signal: AbortSignal) => Promise<SyncError | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (!this.#refusals.isDoubtful(account)) return;
    const judge = async (shared: AbortSignal): Promise<void> =>
      this.#refusals.judge(account, await ask(shared));
    const flight = this.#flights.get(account) ?? new SingleFlight(judge);
    this.#flights.set(account, flight);
    try {
      await flight.run(signal);
    } catch (error) {
      // Nothing was found out; the refusal that led here stands.
      if (!isSyncError(error)) throw error;
    } finally {
      if (flight.isIdle) this.#flights.delete(account);
    }
  }
}
