import { inspect } from 'node:util';

/**
 * A value that prints as `***` wherever it is logged, inspected, stringified or serialised.
 *
 * The text is only reachable through `reveal()`, so every use of a secret can be found by name.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect.custom](): string {
    return '***';
  }
}

/** What a registry accepts as proof of identity. */
export interface Credentials {
  readonly username: string;
  readonly secret: Secret;
  /** Epoch milliseconds after which the secret is refused; absent means it does not expire. */
  readonly expiresAtMs?: number;
  /** True where `secret` is an OAuth2 refresh token (docker's identity token), not a password. */
  readonly isIdentityToken?: boolean;
  /** The name of the provider that gave them, for messages. */
  readonly provider?: string;
}
