import { isSyncError, SingleFlight } from '@regfleet/model';
import { isHtmlType } from '../errors/error-body.ts';
import type { Answer } from '../http/answer.ts';
import { parseChallenges, preferredChallenge } from '../http/challenge.ts';
import type { Demand } from './demand.ts';

/** What the base of a registry's API showed that it wants to see. */
export interface Greeted {
  readonly demand: Demand;
  /** True: it has asked for it; otherwise it is only what it may take. */
  readonly isAsked: boolean;
}

export interface GreetingParts {
  /** True for the registry itself. */
  isOwn(url: URL): boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

// One that fails now may be there again soon.
const FAILURE_MS = 60_000;

/**
 * What a registry answers to `GET /v2/` without a login, asked once: by some that alone tells that there is more for those who
 * log in.
 */
export class Greeting {
  readonly #parts: GreetingParts;
  #known: { readonly greeted: Greeted | undefined; readonly untilMs: number } | undefined;
  #flight: SingleFlight<Greeted | undefined> | undefined;

  constructor(parts: GreetingParts) {
    this.#parts = parts;
  }

  /** True: the base has asked for a login, after another path had not. */
  get hasAsked(): boolean {
    return this.#known?.greeted?.isAsked ?? false;
  }

  /**
   * Absent: nothing would be taken, or it could not be learnt.
   *
   * @param ping - asks without a login.
   */
  async ask(
    ping: (signal: AbortSignal) => Promise<Answer>,
    signal: AbortSignal | undefined,
  ): Promise<Greeted | undefined> {
    if (this.#known !== undefined && this.#parts.now() < this.#known.untilMs) return this.#known.greeted;
    const flight = this.#flight ?? new SingleFlight((shared) => this.#learn(ping, shared));
    this.#flight = flight;
    try {
      return await flight.run(signal);
    } finally {
      if (flight.isIdle && this.#flight === flight) this.#flight = undefined;
    }
  }

  async #learn(
    ping: (signal: AbortSignal) => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Greeted | undefined> {
    try {
      const answer = await ping(signal);
      await answer.discard();
      const isFailure = answer.status >= 500 || answer.status === 429;
      this.#know(isFailure ? undefined : this.#meaning(answer), isFailure);
    } catch (error) {
      signal.throwIfAborted();
      if (!isSyncError(error)) throw error;
      this.#know(undefined, true);
    }
    return this.#known?.greeted;
  }

  #know(greeted: Greeted | undefined, isFailure: boolean): void {
    this.#known = { greeted, untilMs: isFailure ? this.#parts.now() + FAILURE_MS : Number.POSITIVE_INFINITY };
  }

  /** Some greet strangers with 200 and say besides what they take, or say nothing: a password can be shown all the same. */
  #meaning({ status, url, headers }: Answer): Greeted | undefined {
    if (!this.#parts.isOwn(url)) return undefined;
    const challenge = preferredChallenge(parseChallenges(headers['www-authenticate'] ?? ''));
    if (challenge !== undefined) return { demand: { ...challenge, url }, isAsked: status === 401 };
    if (status !== 200 || isHtmlType(headers['content-type'] ?? '')) return undefined;
    return { demand: { scheme: 'basic', params: {}, url }, isAsked: false };
  }
}
