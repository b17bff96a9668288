import type { TokenCredential } from '@azure/identity';
import { ProxiedDispatchers } from '../http/proxied-dispatchers.ts';
import type { Environment } from './deps.ts';
import { type EcrAccount, EcrAccounts } from './ecr/accounts.ts';
import { type CreatorDeps, EcrRepositoryCreator } from './ecr/repository-creator.ts';
import { proxiedFetch } from './proxied-fetch.ts';
import type { RenewingCredentials } from './renewing.ts';

/** What the locations of a process share: one client per cloud identity, one token per identity and audience. */
export class Clouds {
  readonly ecr: EcrAccounts;
  /** What Google's library sends its requests by. */
  readonly fetch: typeof globalThis.fetch;
  /** The same for the metadata server of this machine, which no proxy reaches. */
  readonly directFetch: typeof globalThis.fetch;
  readonly #dispatchers: readonly ProxiedDispatchers[];
  #azure: Promise<TokenCredential> | undefined;
  readonly #creators = new Map<string, EcrRepositoryCreator>();
  readonly #tokens = new Map<string, RenewingCredentials>();

  /** @param env - for proxies. */
  constructor(env: Environment) {
    this.ecr = new EcrAccounts(env);
    const [proxied, direct] = [new ProxiedDispatchers(env), new ProxiedDispatchers({})];
    this.#dispatchers = [proxied, direct];
    this.fetch = proxiedFetch(proxied);
    this.directFetch = proxiedFetch(direct);
  }

  /** One for each account: what one caller made, the others need not ask for. */
  repositoryCreator(account: EcrAccount, deps: CreatorDeps): EcrRepositoryCreator {
    const known = this.#creators.get(account.key);
    if (known !== undefined) return known;
    const created = new EcrRepositoryCreator(account, deps);
    this.#creators.set(account.key, created);
    return created;
  }

  /** The tokens under `key`, made by `create` when it is the first time. */
  shared(key: string, create: () => RenewingCredentials): RenewingCredentials {
    const known = this.#tokens.get(key);
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
    await Promise.all([this.ecr, ...this.#dispatchers].map((each) => each.close()));
  }
}
