import { isSyncError, type SyncError } from '@regfleet/model';
import { SingleFlight } from '../credentials/single-flight.ts';
import type { Refusals } from './refusals.ts';

/** Finds out whether it is an account that is refused, or what it asks for. */
export class Judgements {
  readonly #refusals: Refusals;
  /** By account, while it is being found out. */
  readonly #flights = new Map<string, SingleFlight<void>>();

  constructor(refusals: Refusals) {
    this.#refusals = refusals;
  }

  /**
   * Once it looks as if it were the account.
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
