import { BoundedMap, type SyncError } from '@regfleet/model';
import type { Challenge } from '../http/challenge.ts';

/** What a registry asked for. */
export interface Demand extends Challenge {
  /** Where it came from. */
  readonly url: URL;
}

/** A token server that was named before and gives no token now. */
export interface RealmFailure {
  readonly demand: Demand;
  readonly error: SyncError;
}

// As long as what token servers refused is remembered, and longer than anything waits for one image.
const CONFIRMED_MS = 60_000;
// Purposes at a time for which a token server that the registry itself named gave no token.
const MAX_REFUSED = 256;

/**
 * What a registry asked for: last, and for the purposes that were refused what they were asked for.
 *
 * A challenge counts for others only once it has led to something: one repository must not choose whom all others ask.
 */
export class Demands {
  readonly #refused: BoundedMap<string, { readonly demand: Demand | undefined }>;
  #last: Demand | undefined;
  #hasAsked = false;
  #asksForTokens = false;

  /** @param now - epoch milliseconds. */
  constructor(now: () => number) {
    this.#refused = new BoundedMap({ limit: MAX_REFUSED, maxAgeMs: CONFIRMED_MS, now });
  }

  /** Purposes in memory. */
  get size(): number {
    return this.#refused.size;
  }

  /** True once the registry itself has answered 401. */
  get hasAsked(): boolean {
    return this.#hasAsked;
  }

  /** True: what it asked for last was a token, which allows what it was given for; a password allows what its account may. */
  get asksForTokens(): boolean {
    return this.#asksForTokens;
  }

  /** The service that the registry names to those who need a token; absent: it has named none so far. */
  get tokenService(): string | undefined {
    return this.#last?.params.service;
  }

  /** The registry has answered 401. @param scheme - absent: it did not say what it wants to be shown */
  asked(scheme: Challenge['scheme'] | undefined): void {
    this.#hasAsked = true;
    if (scheme !== undefined) this.#asksForTokens = scheme === 'bearer';
  }

  /** What to show for a purpose without being asked; absent: nothing. */
  of(purpose: string): Demand | undefined {
    const refused = this.#refused.get(purpose);
    return refused === undefined ? this.#last : refused.demand;
  }

  /**
   * What a challenge comes to: Harbor asks for a password after a token that it takes no more, and wants another token. Others ask
   * for nothing then, and want again what they were shown.
   *
   * @param demand - absent: the registry does not say what it wants.
   * @param sent - the `Authorization` that was refused.
   */
  meantBy(demand: Demand | undefined, sent: string | undefined, purpose: string): Demand | undefined {
    const known = this.of(purpose);
    if (demand === undefined) return sent === undefined ? undefined : known;
    const isHarbors = sent?.startsWith('Bearer ') && demand.scheme === 'basic' && known?.scheme === 'bearer';
    return isHarbors ? known : demand;
  }

  /** Not even a new token was taken: the next time the registry is asked what it wants. */
  forget(purpose: string): void {
    this.#refused.set(purpose, { demand: undefined });
  }

  worked(purpose: string, demand: Demand): void {
    this.#refused.delete(purpose);
    this.#last = demand;
  }

  /** The registry named a token server for this purpose, which then refused it. */
  refused(purpose: string, demand: Demand): void {
    this.#refused.set(purpose, { demand });
  }

  /**
   * What to make of a token server that gives no token although nobody has asked for it just now.
   *
   * @returns absent: the failure stands. Otherwise the registry may name another server, so it is asked.
   */
  doubt(purpose: string, demand: Demand, error: SyncError): RealmFailure | undefined {
    if (demand.scheme !== 'bearer' || error.kind === 'config' || OWN_CODES.has(error.code)) return undefined;
    if (REFUSALS.has(error.code))
      return this.#refused.get(purpose) === undefined ? { demand, error } : undefined;
    this.#refused.delete(purpose);
    return { demand, error };
  }
}

// Ours: no token server has been asked.
const OWN_CODES: ReadonlySet<string> = new Set(['CREDENTIAL_HELPER_FAILED', 'INTERNAL']);

// About the account or a limit, so that another token server would mostly say the same.
const REFUSALS: ReadonlySet<string> = new Set(['DENIED', 'RATE_LIMITED', 'UNAUTHORIZED']);

export const isRealmRefusal = ({ code }: SyncError): boolean => REFUSALS.has(code);

/** True for challenges that name the same token server. */
export const isSamePlace = (left: Challenge, right: Challenge): boolean =>
  left.scheme === right.scheme &&
  left.params.realm === right.params.realm &&
  left.params.service === right.params.service;
