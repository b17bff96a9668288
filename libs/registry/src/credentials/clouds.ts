import type { TokenCredential } from '@azure/identity';
import { BoundedMap } from '@regfleet/model';
import { ProxiedDispatchers } from '../http/proxied-dispatchers.ts';
import type { Environment } from '../http/proxy.ts';
import { type EcrAccount, EcrAccounts } from './ecr/accounts.ts';
import { type CreatorDeps, EcrRepositoryCreator } from './ecr/repository-creator.ts';
import { proxiedFetch } from './proxied-fetch.ts';
import type { RenewingCredentials } from './renewing.ts';

// Logins and accounts that a config has at a time, and how long one is kept that nobody asks for any more.
const MAX_KEPT = 1_024;
const IDLE_MS = 25 * 60 * 60_000;

/** What the locations of a process share: one client per cloud identity, one token per identity and audience. */
export class Clouds {
  readonly ecr: EcrAccounts;
  /** What Google's library sends its requests by. */
  readonly fetch: typeof globalThis.fetch;
  /** The same for the metadata server of this machine, which no proxy reaches. */
  readonly directFetch: typeof globalThis.fetch;
  readonly #dispatchers: readonly ProxiedDispatchers[];
  #azure: Promise<TokenCredential> | undefined;
  readonly #creators: BoundedMap<string, EcrRepositoryCreator>;
  readonly #tokens: BoundedMap<string, RenewingCredentials>;

  /**
   * @param env - for proxies.
   * @param now - epoch milliseconds; absent: the clock.
   */
  constructor(env: Environment, now: () => number = Date.now) {
    const bounds = { limit: MAX_KEPT, maxAgeMs: IDLE_MS, now };
    this.#creators = new BoundedMap(bounds);
    this.#tokens = new BoundedMap(bounds);
    this.ecr = new EcrAccounts(env, bounds);
    const [proxied, direct] = [new ProxiedDispatchers(env), new ProxiedDispatchers({})];
    this.#dispatchers = [proxied, direct];
    this.fetch = proxiedFetch(proxied);
    this.directFetch = proxiedFetch(direct);
  }

  /** One for each account: what one caller made, the others need not ask for. */
  repositoryCreator(account: EcrAccount, deps: CreatorDeps): EcrRepositoryCreator {
    const known = this.#creators.use(account.key);
    if (known !== undefined) return known;
    const created = new EcrRepositoryCreator(account, deps);
    this.#creators.set(account.key, created);
    return created;
  }

  /** The tokens under `key`, made by `create` when it is the first time. */
  shared(key: string, create: () => RenewingCredentials): RenewingCredentials {
    const known = this.#tokens.use(key);
    if (known !== undefined) return known;
    const created = create();
    this.#tokens.set(key, created);
    return created;
  }

  /** Whoever Azure's library finds this process to be; it reads rotated token files by itself. */
  azureIdentity(): Promise<TokenCredential> {
    this.#azure ??= import('@azure/identity').then((sdk) => new sdk.DefaultAzureCredential());
    return this.#azure;
  }

  /** Closes the connections of the cloud clients. */
  async close(): Promise<void> {
    this.#tokens.clear();
    this.#creators.clear();
    this.#azure = undefined;
    await Promise.all([this.ecr, ...this.#dispatchers].map((each) => each.close()));
  }
}
