import type { Credentials, Logger, SyncError } from '@regfleet/model';
import type { CredentialSource } from '../credentials/contract.ts';
import type { Transport } from '../http/transport.ts';
import type { Demand } from './demand.ts';
import type { LoginLockout } from './login-lockout.ts';
import type { OwnNames } from './own-names.ts';
import { checkedRealm } from './realm.ts';
import { purposeOf, readerScopes, repositoryOf } from './scope.ts';
import type { Token } from './token-answer.ts';
import { type DropOptions, TokenCache } from './token-cache.ts';
import { isRefusal, requestToken, shown, shownTo, type TokenQuestion } from './token-server.ts';

export interface TokenSourceParts {
  readonly credentials: CredentialSource;
  readonly transport: Transport;
  readonly logger: Logger;
  readonly lockout: LoginLockout;
  readonly ownNames: OwnNames;
}

/** The tokens of one account for one registry: held until they expire, asked for once by all who wait for the same. */
export class TokenSource {
  readonly #parts: TokenSourceParts;
  readonly #held: TokenCache;

  constructor(parts: TokenSourceParts) {
    this.#parts = parts;
    this.#held = new TokenCache(parts.transport.settings.now);
  }

  /** A token of the server that the registry named. @throws {SyncError} what it, or the source of the credentials, says. */
  async get(demand: Demand, scopes: readonly string[], signal: AbortSignal | undefined): Promise<string> {
    const { credentials, transport, ownNames } = this.#parts;
    const realm = checkedRealm(demand.params.realm ?? '', demand.url, transport.settings.registry);
    const account = await credentials.get({ repository: repositoryOf(scopes), signal });
    const question: TokenQuestion = {
      realm,
      service: demand.params.service,
      scopes: scopes.map((scope) => ownNames.of(scope)),
      credentials: account,
    };
    const use = { account: shown(account), scopes: question.scopes };
    return await this.#held.get(use, (shared) => this.#fetch(question, scopes, shared), signal);
  }

  /** Forgets a token that is no longer taken. */
  drop(text: string, options?: DropOptions): void {
    this.#held.drop(text, options);
  }

  /** A token was refused although it could not have aged. */
  refused(text: string, scopes: readonly string[]): void {
    this.#held.refused(text);
    this.insufficient(scopes);
  }

  /** A token for these did not let in. */
  insufficient(scopes: readonly string[]): void {
    this.#held.insufficient(scopes.map((scope) => this.#parts.ownNames.of(scope)));
  }

  /** @param scopes - what `question` asks for by the registry's own names. */
  async #fetch(question: TokenQuestion, scopes: readonly string[], signal: AbortSignal): Promise<Token> {
    const { lockout, ownNames } = this.#parts;
    const known = lockout.find(shownTo(question), purposeOf(question.scopes));
    if (known !== undefined) throw known;
    try {
      return await this.#ask(question, signal);
    } catch (error) {
      ownNames.forget(scopes);
      if (question.credentials === undefined || !isRefusal(error)) throw error;
      const renewed = await this.#renewed(question.credentials, scopes, signal);
      if (renewed !== 'same') return await this.#ask({ ...question, credentials: renewed }, signal);
      if (question.scopes.length > 0)
        await lockout.judge(shownTo(question), (shared) => this.#refusalOf(question, shared), signal);
      throw error;
    }
  }

  /** What takes the place of refused credentials; `same`: nothing else does. */
  async #renewed(
    refused: Credentials,
    scopes: readonly string[],
    signal: AbortSignal,
  ): Promise<Credentials | undefined | 'same'> {
    const { credentials } = this.#parts;
    credentials.forget(refused);
    const held = await credentials.get({ repository: repositoryOf(scopes), signal });
    return held?.secret.reveal() === refused.secret.reveal() ? 'same' : held;
  }

  async #ask(question: TokenQuestion, signal: AbortSignal): Promise<Token> {
    const { transport, logger, lockout } = this.#parts;
    const account = shownTo(question);
    try {
      const token = await requestToken(transport, question, { signal, logger });
      lockout.accepted(account);
      return token;
    } catch (error) {
      if (isRefusal(error)) lockout.refused(account, purposeOf(question.scopes), error);
      throw error;
    }
  }

  /** Absent: the token server takes the account, which was refused what it asked for. */
  async #refusalOf(question: TokenQuestion, signal: AbortSignal): Promise<SyncError | undefined> {
    const { transport, logger } = this.#parts;
    const reading = readerScopes(question.scopes);
    let refusal: SyncError | undefined;
    // Some refuse an account that may only read all that is for a push, and give no token for nothing in particular.
    for (const scopes of reading === undefined ? [[]] : [reading, []]) {
      try {
        await requestToken(transport, { ...question, scopes }, { signal, logger });
        return undefined;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusal = error;
      }
    }
    return refusal;
  }
}
