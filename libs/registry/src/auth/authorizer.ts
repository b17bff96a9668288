import { type Credentials, isSyncError, type Logger, SyncError } from '@regfleet/model';
import type { CredentialSource } from '../credentials/contract.ts';
import type { HttpHeaders } from '../http/contract.ts';
import type { Transport } from '../http/transport.ts';
import { describeAccount } from './account.ts';
import { parseChallenges, preferredChallenge } from './challenge.ts';
import { BASE_PATH, type Demand, Demands, isRealmRefusal, isSamePlace, type RealmFailure } from './demand.ts';
import { Judgements } from './judgements.ts';
import { OwnNames } from './own-names.ts';
import { checkedRealm } from './realm.ts';
import { Refusals } from './refusals.ts';
import { repositoryOf } from './scope.ts';
import type { Token } from './token-answer.ts';
import { TokenCache } from './token-cache.ts';
import {
  basicAuthorization,
  isPassword,
  isRefusal,
  requestToken,
  shown,
  shownTo,
  type TokenQuestion,
  usernameOf,
} from './token-server.ts';

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
  /** Why none was sent although the registry had asked for one before. */
  readonly failure?: RealmFailure | undefined;
}

/** What a request is sent with. */
export interface Showing {
  /** Absent: it goes without. */
  readonly authorization?: string | undefined;
  readonly failure?: RealmFailure;
}

/**
 * What one account says to one registry to be let in: nothing until the registry asks, then what it asked for last, before
 * it asks again.
 */
export class Authorizer {
  readonly #settings: AuthorizerSettings;
  readonly #tokens: TokenCache;
  readonly #refusals: Refusals;
  readonly #ownNames: OwnNames;
  readonly #judgements: Judgements;
  readonly #demands: Demands;
  /** Where it asked last. */
  #askedAt: URL | undefined;

  constructor(settings: AuthorizerSettings) {
    this.#settings = settings;
    const { now } = settings.transport.settings;
    this.#tokens = new TokenCache(now);
    this.#ownNames = new OwnNames(now);
    this.#refusals = new Refusals(now);
    this.#judgements = new Judgements(this.#refusals);
    this.#demands = new Demands(now);
  }

  /**
   * What to show with a request of these scopes, by what the registry asked for last.
   *
   * Where the token server that it named fails, the request goes without, so that the registry can name another.
   */
  async header(scopes: readonly string[], signal: AbortSignal | undefined): Promise<Showing> {
    const demand = this.#demands.of(purposeOf(scopes));
    if (demand === undefined) return {};
    try {
      return { authorization: await this.#answer(demand, scopes, signal) };
    } catch (error) {
      signal?.throwIfAborted();
      const failure = isSyncError(error) ? this.#demands.doubt(purposeOf(scopes), demand, error) : undefined;
      if (failure === undefined) throw error;
      return { failure };
    }
  }

  /** The `Authorization` that answers a challenge; absent: there is no account. */
  async #answer(
    demand: Demand,
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    if (demand.scheme === 'bearer') return `Bearer ${await this.#token(demand, scopes, signal)}`;
    const credentials = await this.#credentials(scopes, signal);
    const refusal = this.#refusals.find(shown(credentials), purposeOf(scopes));
    if (refusal !== undefined) throw refusal;
    return credentials && basicAuthorization(credentials);
  }

  /** Learns from what the registry did. @param sent - the `Authorization` that was taken. */
  accepted(sent: string | undefined): void {
    if (isPassword(sent)) this.#refusals.accept(sent);
  }

  /** Learns from a 401 after which there is nothing left to try. @param sent - the `Authorization` that was refused. */
  async refused(
    sent: string | undefined,
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (sent?.startsWith('Bearer ')) this.#demands.forget(purposeOf(scopes));
    if (!isPassword(sent)) return;
    const { registry } = this.#settings.transport.settings;
    // It may have been replaced meanwhile.
    const held = await this.#credentials(scopes, signal).catch(() => undefined);
    const isHeld = held !== undefined && basicAuthorization(held) === sent;
    const account = isHeld ? describeAccount(held) : `as ${usernameOf(sent)}`;
    const error = new SyncError('UNAUTHORIZED', {
      message: `cannot log in to ${registry} ${account}: it answered 401 to the same password a moment ago`,
      hint: 'are the credentials of this registry right, and may this account use the repository?',
      registry,
      httpStatus: 401,
    });
    this.#refusals.add(sent, purposeOf(scopes), error);
    await this.#judgements.judge(
      sent,
      async (shared) => ((await this.#ping(sent, shared)) === 401 ? error : undefined),
      signal,
    );
  }

  /** Learns from a 401. @returns what to try next; absent: nothing that has not been refused already. */
  async renewed(refusal: Refusal, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { sent, scopes, failure } = refusal;
    const challenge = preferredChallenge(parseChallenges(refusal.headers['www-authenticate'] ?? ''));
    if (challenge === undefined) return undefined;
    const demand = this.#demands.meantBy({ ...challenge, url: refusal.url }, sent, purposeOf(scopes));
    this.#askedAt = refusal.url;
    // It names the very server that has failed just now.
    if (failure !== undefined && isSamePlace(failure.demand, challenge)) {
      if (isRealmRefusal(failure.error)) this.#demands.refused(purposeOf(scopes), demand);
      throw failure.error;
    }
    // The challenge of the base names some repository or none.
    if (refusal.url.pathname !== BASE_PATH) this.#ownNames.learn(scopes, challenge.params.scope);
    await this.#drop(sent, scopes, signal);
    const next = await this.#tried(demand, scopes, signal);
    if (next !== undefined && next !== sent) return next;
    await this.refused(sent, scopes, signal);
    return undefined;
  }

  /** What takes the place of what the registry no longer takes; absent: there is nothing else. */
  async replaced(
    sent: string | undefined,
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    await this.#drop(sent, scopes, signal);
    const { authorization: next, failure } = await this.header(scopes, signal);
    if (failure !== undefined) throw failure.error;
    return next === sent ? undefined : next;
  }

  async #drop(
    sent: string | undefined,
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (sent?.startsWith('Bearer ')) this.#tokens.drop(sent.slice('Bearer '.length));
    else if (sent !== undefined) await this.#forget(sent, scopes, signal);
  }

  /** The answer to what the registry has asked for just now. */
  async #tried(
    demand: Demand,
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    try {
      const answer = await this.#answer(demand, scopes, signal);
      this.#demands.worked(purposeOf(scopes), demand);
      return answer;
    } catch (error) {
      if (isSyncError(error) && isRealmRefusal(error)) this.#demands.refused(purposeOf(scopes), demand);
      throw error;
    }
  }

  /** Learns from a 403: what the registry was believed to call a repository may be wrong. */
  denied(scopes: readonly string[]): void {
    this.#ownNames.forget(scopes);
  }

  /** Who asked with these scopes, for messages; absent: it cannot be told. */
  async account(scopes: readonly string[], signal: AbortSignal | undefined): Promise<string | undefined> {
    return await this.#credentials(scopes, signal).then(describeAccount, () => undefined);
  }

  async hasAccount(scopes: readonly string[], signal: AbortSignal | undefined): Promise<boolean> {
    return (await this.#credentials(scopes, signal)) !== undefined;
  }

  #credentials(scopes: readonly string[], signal: AbortSignal | undefined): Promise<Credentials | undefined> {
    return this.#settings.credentials.get({ repository: repositoryOf(scopes), signal });
  }

  /** Only what was sent: it may have been replaced while the answer was under way. */
  async #forget(sent: string, scopes: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const held = await this.#credentials(scopes, signal);
    if (held !== undefined && basicAuthorization(held) === sent) this.#settings.credentials.forget(held);
  }

  async #token(demand: Demand, scopes: readonly string[], signal: AbortSignal | undefined): Promise<string> {
    const { credentials, transport } = this.#settings;
    const named = scopes.map((scope) => this.#ownNames.of(scope));
    const realm = checkedRealm(demand.params.realm ?? '', demand.url, transport.settings.registry);
    const place = { realm, service: demand.params.service };
    const account = await this.#credentials(scopes, signal);
    const fetch = async (shared: AbortSignal): Promise<Token> => {
      const question = { ...place, scopes: named, credentials: account };
      const known = this.#refusals.find(shownTo(question), purposeOf(named));
      if (known !== undefined) throw known;
      try {
        return await this.#ask(question, shared);
      } catch (error) {
        this.denied(scopes);
        if (account === undefined || !isRefusal(error)) throw error;
        credentials.forget(account);
        const renewed = await this.#credentials(scopes, shared);
        if (renewed?.secret.reveal() !== account.secret.reveal())
          return await this.#ask({ ...question, credentials: renewed }, shared);
        const nothing = { ...question, scopes: [] };
        if (named.length > 0)
          await this.#judgements.judge(
            shownTo(nothing),
            (judging) => this.#refusalOf(nothing, judging),
            shared,
          );
        throw error;
      }
    };
    return await this.#tokens.get({ account: shown(account), scopes: named }, fetch, signal);
  }

  async #ask(question: TokenQuestion, signal: AbortSignal): Promise<Token> {
    const { transport, logger } = this.#settings;
    const account = shownTo(question);
    try {
      const token = await requestToken(transport, question, { signal, logger });
      this.#refusals.accept(account);
      return token;
    } catch (error) {
      if (isRefusal(error)) this.#refusals.add(account, purposeOf(question.scopes), error);
      throw error;
    }
  }

  /** Absent: the token server takes the account. */
  async #refusalOf(question: TokenQuestion, signal: AbortSignal): Promise<SyncError | undefined> {
    const { transport, logger } = this.#settings;
    try {
      await requestToken(transport, question, { signal, logger });
      return undefined;
    } catch (error) {
      if (isRefusal(error)) return error;
      throw error;
    }
  }

  /** @returns the status that the registry answers to this password. */
  async #ping(authorization: string, signal: AbortSignal): Promise<number> {
    const { transport } = this.#settings;
    const url = new URL(BASE_PATH, this.#askedAt);
    const answer = await transport.send({
      method: 'GET',
      url,
      authorization: { value: authorization, origin: url.origin },
      signal,
      isRepeatable: true,
      namedBy: 'operator',
    });
    await answer.discard();
    return answer.status;
  }
}

const purposeOf = (scopes: readonly string[]): string => scopes.join(' ');
