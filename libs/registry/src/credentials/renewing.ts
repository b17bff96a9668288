import { type Credentials, isFresh, isSyncError, SingleFlight } from '@regfleet/model';
import { type Question, withinTime } from '../http/question.ts';

// A copy that starts right after a renewal check must not meet an expired token, and a short-lived token must still be used.
const MARGIN_MS = 5 * 60_000;
const MARGIN_SHARE = 0.2;

// Many requests are refused where a login is wrong or not allowed; whoever gave it is asked again once for all of them,
// and a mended login is in use this much later at the latest.
const FETCH_AGAIN_MS = 10_000;

interface Held {
  readonly credentials: Credentials;
  readonly sinceMs: number;
  readonly renewAtMs: number;
}

export interface RenewingOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Renewed at this age at the latest; absent: by their own expiry, and for good where they have none. */
  readonly maxAgeMs?: number | undefined;
  /** Who is asked by `fetch`, and for how long at most. */
  readonly question: Question;
}

/**
 * Credentials that are fetched once for all who wait, within a bounded time, and renewed before they expire.
 *
 * The margin is a fifth of the lifetime, at most five minutes. Failures are not kept; while the held ones are still
 * valid, a failed renewal goes unnoticed and is tried again halfway to the expiry.
 */
export class RenewingCredentials {
  readonly #options: RenewingOptions;
  readonly #flight: SingleFlight<Credentials | undefined>;
  #held: Held | undefined;
  /** When a refusal forgot something last; those soon after forget nothing. */
  #forgottenAtMs = Number.NEGATIVE_INFINITY;

  /** @param fetch - absent: nothing is held there, which is not remembered. */
  constructor(fetch: (signal: AbortSignal) => Promise<Credentials | undefined>, options: RenewingOptions) {
    this.#options = options;
    this.#flight = new SingleFlight(async (signal) => {
      const fetched = await withinTime(options.question, fetch, signal);
      const sinceMs = options.now();
      this.#held = fetched && { credentials: fetched, sinceMs, renewAtMs: this.#renewalOf(fetched) };
      return fetched;
    });
  }

  async get(signal?: AbortSignal): Promise<Credentials | undefined> {
    const held = this.#held;
    if (held !== undefined && this.#isCurrent(held)) return held.credentials;
    try {
      return await this.#flight.run(signal);
    } catch (error) {
      if (held !== undefined && isSyncError(error) && this.#outlives(held)) return held.credentials;
      throw error;
    }
  }

  /**
   * Lets the next `get` fetch.
   *
   * @param refused - what the registry did not take; anything else that is held by now is kept, and so is what was
   * fetched again a moment ago for the same reason. Absent: whatever is held.
   */
  forget(refused?: Credentials): void {
    if (refused !== undefined) {
      const now = this.#options.now();
      const isHeld = this.#held !== undefined && isSame(this.#held.credentials, refused);
      if (!isHeld || isFresh(this.#forgottenAtMs, FETCH_AGAIN_MS, now)) return;
      this.#forgottenAtMs = now;
    }
    this.#held = undefined;
  }

  #isCurrent({ sinceMs, renewAtMs }: Held): boolean {
    return isFresh(sinceMs, renewAtMs - sinceMs, this.#options.now());
  }

  #renewalOf(credentials: Credentials): number {
    const now = this.#options.now();
    const byAge = now + (this.#options.maxAgeMs ?? Number.POSITIVE_INFINITY);
    if (credentials.expiresAtMs === undefined) return byAge;
    const lifetimeMs = credentials.expiresAtMs - now;
    const byExpiry = credentials.expiresAtMs - Math.min(MARGIN_MS, lifetimeMs * MARGIN_SHARE);
    return Math.min(byAge, byExpiry);
  }

  #outlives(held: Held): boolean {
    const now = this.#options.now();
    const { expiresAtMs } = held.credentials;
    if (expiresAtMs === undefined || expiresAtMs <= now) return false;
    if (this.#held === held) this.#held = { ...held, sinceMs: now, renewAtMs: now + (expiresAtMs - now) / 2 };
    return true;
  }
}

const isSame = (left: Credentials, right: Credentials): boolean =>
  left.username === right.username && left.secret.reveal() === right.secret.reveal();
