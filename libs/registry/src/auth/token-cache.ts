import { BoundedMap, isFresh, keepToken, SingleFlight } from '@regfleet/model';
import { covers } from './scope.ts';
import type { Token } from './token-answer.ts';

// Far above what one process uses within a token's lifetime. The oldest are dropped then, since servers choose how long
// tokens are and how long they last.
const MAX_TOKENS = 4_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;

// A token that was given so lately and is refused all the same: once it may be this one, by another clock or a server that does not
// know it yet. The next would be refused as well, and each shows the password.
export const FRESH_MS = 1_000;
// As long as any refusal of a password is remembered.
export const REFUSED_MS = 20_000;
// Rights change seldom, and a token of its own for something costs little.
const INSUFFICIENT_MS = 60 * 60_000;
const MAX_INSUFFICIENT = 10_000;

interface Held extends Token {
  readonly gotAtMs: number;
}

/** Whose token, and what for. */
export interface TokenUse {
  /** What tells one account from others: a registry may name one scope for everything. */
  readonly account: string;
  readonly scopes: readonly string[];
}

export interface DropOptions {
  /** How long ago it has to have been given. */
  readonly minAgeMs?: number;
  /** Also one that was given more lately, if no such one has been of those for the same lately. */
  readonly isOnceMore?: boolean;
}

/** Tokens for one registry, by account and what they are for; one request serves all who wait for the same. */
export class TokenCache {
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  readonly #flights = new Map<string, SingleFlight<Token>>();
  /** What tokens were refused for, so that they do not stand in for those that are for less. */
  readonly #insufficient: BoundedMap<string, true>;
  /** What a token was given for that was refused at once. */
  readonly #inVain: BoundedMap<string, true>;
  #characters = 0;

  /** @param now - epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#insufficient = new BoundedMap({ limit: MAX_INSUFFICIENT, maxAgeMs: INSUFFICIENT_MS, now });
    this.#inVain = new BoundedMap({ limit: MAX_TOKENS, maxAgeMs: REFUSED_MS, now });
  }

  /** Tokens in memory. */
  get size(): number {
    return this.#held.size;
  }

  /** A token for the scopes, also one that is for more. */
  async get(
    use: TokenUse,
    fetch: (signal: AbortSignal) => Promise<Token>,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const held = this.#find(use);
    if (held !== undefined) {
      // Used again: it is a secret for as long as it may come back.
      keepToken(held.text);
      return held.text;
    }
    const key = keyOf(use);
    const flight = this.#flights.get(key) ?? new SingleFlight((shared) => this.#fetch(key, fetch, shared));
    this.#flights.set(key, flight);
    try {
      return (await flight.run(signal)).text;
    } finally {
      if (flight.isIdle) this.#flights.delete(key);
    }
  }

  /** Forgets a token that was refused, unless another would be as well. */
  drop(text: string, { minAgeMs = 0, isOnceMore = false }: DropOptions = {}): void {
    for (const [key, token] of this.#held) {
      if (token.text !== text) continue;
      const isFreshOne = isFresh(token.gotAtMs, minAgeMs, this.#now());
      if (!isFreshOne || (isOnceMore && this.#isFirstInVain(key))) this.#forget(key);
    }
  }

  /** A token was refused that was to be as good as any other: the next ones are not asked for at once. */
  refused(text: string): void {
    this.drop(text, { minAgeMs: REFUSED_MS });
  }

  #isFirstInVain(key: string): boolean {
    if (this.#inVain.get(key)) return false;
    this.#inVain.set(key, true);
    return true;
  }

  /** Registries may refuse one who may push what they let one read who may only do that. */
  insufficient(scopes: readonly string[]): void {
    for (const scope of scopes) this.#insufficient.set(scope, true);
  }

  async #fetch(
    key: string,
    fetch: (signal: AbortSignal) => Promise<Token>,
    signal: AbortSignal,
  ): Promise<Token> {
    const token = await fetch(signal);
    this.#forget(key);
    for (const [other, { useUntilMs }] of this.#held) if (this.#now() >= useUntilMs) this.#forget(other);
    this.#held.set(key, { ...token, gotAtMs: this.#now() });
    this.#characters += token.text.length;
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= MAX_TOKENS && this.#characters <= MAX_CHARACTERS) break;
      this.#forget(oldest);
    }
    return token;
  }

  #find({ account, scopes }: TokenUse): Token | undefined {
    const exact = this.#valid(keyOf({ account, scopes }));
    const [only] = scopes;
    if (exact !== undefined || only === undefined || scopes.length > 1) return exact;
    const wider = only.replace(/:pull$/, ':pull,push');
    return wider !== only && covers(wider, only) && !this.#insufficient.get(wider)
      ? this.#valid(keyOf({ account, scopes: [wider] }))
      : undefined;
  }

  #valid(key: string): Token | undefined {
    const token = this.#held.get(key);
    return token !== undefined && this.#now() < token.useUntilMs ? token : undefined;
  }

  #forget(key: string): void {
    this.#characters -= this.#held.get(key)?.text.length ?? 0;
    this.#held.delete(key);
  }
}

const keyOf = ({ account, scopes }: TokenUse): string => [account, ...scopes].join(' ');
