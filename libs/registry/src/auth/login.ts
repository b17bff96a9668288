import { type Credentials, type Logger, SyncError } from '@regfleet/model';
import type { CredentialSource } from '../credentials/contract.ts';
import { BASE_PATH } from '../http/base-path.ts';
import type { Transport } from '../http/transport.ts';
import { describeAccount } from './account.ts';
import type { Demand } from './demand.ts';
import { LoginLockout } from './login-lockout.ts';
import { OwnNames } from './own-names.ts';
import { purposeOf, repositoryOf } from './scope.ts';
import type { DropOptions } from './token-cache.ts';
import { basicAuthorization, isPassword, shown, usernameOf } from './token-server.ts';
import { TokenSource } from './token-source.ts';

export interface LoginSettings {
  readonly credentials: CredentialSource;
  readonly transport: Transport;
  readonly logger: Logger;
}

const BEARER = 'Bearer ';

/** What one account shows to one registry: a token of the server that the registry names, or its password. */
export class Login {
  readonly #settings: LoginSettings;
  readonly #tokens: TokenSource;
  readonly #lockout: LoginLockout;
  readonly #ownNames: OwnNames;
  #accountName: string | undefined;

  constructor({ credentials: source, ...settings }: LoginSettings) {
    const { now } = settings.transport.settings;
    const credentials: CredentialSource = {
      get: async (context) => {
        const held = await source.get(context);
        this.#accountName = held?.username;
        return held;
      },
      forget: (refused) => source.forget(refused),
    };
    this.#settings = { ...settings, credentials };
    this.#lockout = new LoginLockout(now);
    this.#ownNames = new OwnNames(now);
    this.#tokens = new TokenSource({ ...this.#settings, lockout: this.#lockout, ownNames: this.#ownNames });
  }

  /** Of the account whose credentials were used last; absent: there is none. */
  get accountName(): string | undefined {
    return this.#accountName;
  }

  /** The `Authorization` that answers a demand; absent: there is no account. @throws {SyncError} where it was refused a moment ago */
  async answer(
    demand: Demand,
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    if (demand.scheme === 'bearer') return `${BEARER}${await this.#tokens.get(demand, scopes, signal)}`;
    const credentials = await this.#credentials(scopes, signal);
    const refusal = this.#lockout.find(shown(credentials), purposeOf(scopes));
    if (refusal !== undefined) throw refusal;
    return credentials && basicAuthorization(credentials);
  }

  /** Learns what the registry calls a repository, by the scope of a challenge. */
  named(scopes: readonly string[], wanted: string | undefined): void {
    this.#ownNames.learn(scopes, wanted);
  }

  /** Learns from a 403: what the registry was believed to call a repository may be wrong. @param sent - the `Authorization` */
  denied(sent: string | undefined, scopes: readonly string[]): void {
    if (isToken(sent)) this.#tokens.insufficient(scopes);
    this.#ownNames.forget(scopes);
  }

  /** @param sent - the `Authorization` that was taken. */
  accepted(sent: string | undefined): void {
    if (isPassword(sent)) this.#lockout.accepted(sent);
  }

  /**
   * Forgets what is no longer taken.
   *
   * @param sent - only this: it may have been replaced while the answer was under way.
   * @param options - which tokens.
   */
  async drop(
    sent: string | undefined,
    scopes: readonly string[],
    signal: AbortSignal | undefined,
    options: DropOptions = {},
  ): Promise<void> {
    if (isToken(sent)) return this.#tokens.drop(sent.slice(BEARER.length), options);
    if (sent === undefined) return;
    const held = await this.#credentials(scopes, signal);
    if (held !== undefined && basicAuthorization(held) === sent) this.#settings.credentials.forget(held);
  }

  /**
   * Learns from a 401 after which there is nothing left to try.
   *
   * @param sent - the `Authorization` that was refused.
   * @param url - where it was.
   */
  async refused(
    sent: string | undefined,
    { scopes, url, signal }: { scopes: readonly string[]; url: URL; signal: AbortSignal | undefined },
  ): Promise<void> {
    if (isToken(sent)) this.#tokens.refused(sent.slice(BEARER.length), scopes);
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
    this.#lockout.refused(sent, purposeOf(scopes), error);
    const ask = async (shared: AbortSignal): Promise<SyncError | undefined> =>
      (await this.#ping(sent, url, shared)) === 401 ? error : undefined;
    await this.#lockout.judge(sent, ask, signal);
  }

  /** Who asks with these scopes, for messages; absent: it cannot be told. */
  async account(scopes: readonly string[], signal: AbortSignal | undefined): Promise<string | undefined> {
    return await this.#credentials(scopes, signal).then(describeAccount, () => undefined);
  }

  async hasAccount(scopes: readonly string[], signal: AbortSignal | undefined): Promise<boolean> {
    return (await this.#credentials(scopes, signal)) !== undefined;
  }

  /** False also for an identity token, which is for token servers. */
  async hasPassword(scopes: readonly string[], signal: AbortSignal | undefined): Promise<boolean> {
    const credentials = await this.#credentials(scopes, signal);
    return credentials !== undefined && !credentials.isIdentityToken;
  }

  #credentials(scopes: readonly string[], signal: AbortSignal | undefined): Promise<Credentials | undefined> {
    return this.#settings.credentials.get({ repository: repositoryOf(scopes), signal });
  }

  /** @returns the status that the registry answers to this password. */
  async #ping(authorization: string, at: URL, signal: AbortSignal): Promise<number> {
    const url = new URL(BASE_PATH, at);
    const answer = await this.#settings.transport.send({
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

export const isToken = (authorization: string | undefined): authorization is string =>
  authorization?.startsWith(BEARER) ?? false;
