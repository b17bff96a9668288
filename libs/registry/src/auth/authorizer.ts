import type { Credentials, Logger } from '@regfleet/model';
import type { CredentialSource } from '../credentials/contract.ts';
import type { HttpHeaders } from '../http/contract.ts';
import type { Transport } from '../http/transport.ts';
import { type Challenge, parseChallenges, preferredChallenge } from './challenge.ts';
import { checkedRealm } from './realm.ts';
import { covers } from './scope.ts';
import { TokenCache } from './token-cache.ts';
import { basicAuthorization, isRefusal, requestToken } from './token-server.ts';

export interface AuthorizerSettings {
  readonly credentials: CredentialSource;
  readonly transport: Transport;
  readonly logger: Logger;
}

/** A 401 and what had been sent. */
export interface Refusal {
  readonly url: URL;
  readonly headers: HttpHeaders;
  readonly scopes: readonly string[];
  /** The `Authorization` that was refused; absent: none was sent. */
  readonly sent: string | undefined;
}

interface Demand extends Challenge {
  /** Where it came from. */
  readonly url: URL;
}

/**
 * What one account says to one registry to be let in: nothing until the registry asks, then what it asked for last, before
 * it asks again.
 */
export class Authorizer {
  readonly #settings: AuthorizerSettings;
  readonly #tokens: TokenCache;
  /** Where a registry wants another scope than the path of the request suggests: its own. */
  readonly #ownNames = new Map<string, string>();
  #demand: Demand | undefined;

  constructor(settings: AuthorizerSettings) {
    this.#settings = settings;
    this.#tokens = new TokenCache(settings.transport.settings.now);
  }

  /** The `Authorization` for a request with these scopes; absent: it goes without. */
  async header(scopes: readonly string[], signal: AbortSignal | undefined): Promise<string | undefined> {
    const demand = this.#demand;
    if (demand === undefined) return undefined;
    if (demand.scheme === 'bearer') return `Bearer ${await this.#token(demand, scopes, signal)}`;
    const credentials = await this.#settings.credentials.get({ signal });
    return credentials && basicAuthorization(credentials);
  }

  /** Learns from a 401. @returns what to try next; absent: nothing that has not been refused already. */
  async renewed(refusal: Refusal, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { sent, scopes } = refusal;
    const challenge = preferredChallenge(parseChallenges(refusal.headers['www-authenticate'] ?? ''));
    if (challenge === undefined) return undefined;
    this.#demand = { ...challenge, url: refusal.url };
    this.#learnScope(scopes, challenge.params.scope);
    if (sent?.startsWith('Bearer ')) this.#tokens.drop(sent.slice('Bearer '.length));
    else if (sent !== undefined) this.#settings.credentials.forget();
    const next = await this.header(scopes, signal);
    return next === sent ? undefined : next;
  }

  #learnScope(scopes: readonly string[], wanted: string | undefined): void {
    const [scope] = scopes;
    if (scope === undefined || scopes.length > 1 || !wanted || wanted.includes(' ')) return;
    if (!covers(scope, wanted)) this.#ownNames.set(scope, wanted);
  }

  #token(demand: Demand, scopes: readonly string[], signal: AbortSignal | undefined): Promise<string> {
    const { transport, credentials, logger } = this.#settings;
    const named = scopes.map((scope) => this.#ownNames.get(scope) ?? scope);
    const realm = checkedRealm(demand.params.realm ?? '', demand.url, transport.settings.registry);
    const service = demand.params.service;
    const ask = async (account: Credentials | undefined, shared: AbortSignal) =>
      requestToken(
        transport,
        { realm, service, scopes: named, credentials: account },
        { signal: shared, logger },
      );
    const fetch = async (shared: AbortSignal) => {
      const account = await credentials.get({ signal: shared });
      try {
        return await ask(account, shared);
      } catch (error) {
        if (account === undefined || !isRefusal(error)) throw error;
        credentials.forget();
        const renewed = await credentials.get({ signal: shared });
        if (renewed?.secret.reveal() === account.secret.reveal()) throw error;
        return await ask(renewed, shared);
      }
    };
    return this.#tokens.get(named, fetch, signal);
  }
}
