import {
  type AwsIdentity,
  BoundedMap,
  type BoundedMapOptions,
  isSyncError,
  type Location,
} from '@regfleet/model';
import type { Environment } from '../../http/proxy.ts';
import type { EcrApi } from './api.ts';
import { type EcrEndpoint, ecrEndpoint } from './endpoint.ts';
import { awsError } from './errors.ts';
import { type AwsClient, identityKey } from './identity.ts';

type Caller = Omit<AwsClient, 'region'>;

/** One registry of ECR as one AWS identity. */
export class EcrAccount {
  readonly endpoint: EcrEndpoint;
  /** The same for every location with this endpoint and identity. */
  readonly key: string;
  readonly #caller: Caller;
  #api: Promise<EcrApi> | undefined;

  constructor(endpoint: EcrEndpoint, caller: Caller) {
    const { identity } = caller;
    this.endpoint = endpoint;
    this.#caller = caller;
    this.key = accountKey(endpoint, identity);
  }

  /**
   * Calls the API; where AWS does not know the identity (any more), once again with one that is resolved anew.
   *
   * @param action - for the message, e.g. `get a token`.
   * @throws {SyncError}
   */
  async call<T>(
    action: string,
    work: (api: EcrApi) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const isFresh = this.#api === undefined;
    try {
      return await this.#attempt(action, work, signal);
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      await this.close();
      if (isFresh) throw error;
      return await this.#attempt(action, work, signal);
    }
  }

  async close(): Promise<void> {
    const api = this.#api;
    this.#api = undefined;
    (await api?.catch(() => undefined))?.close();
  }

  async #attempt<T>(
    action: string,
    work: (api: EcrApi) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { host: registry, region } = this.endpoint;
    try {
      this.#api ??= openApi(this.endpoint, this.#caller);
      return await work(await this.#api);
    } catch (error) {
      signal?.throwIfAborted();
      throw awsError(error, { action, registry, region, identity: this.#caller.identity });
    }
  }
}

/** The ECR accounts of a process: one client for each registry and identity. */
export class EcrAccounts {
  readonly #accounts: BoundedMap<string, EcrAccount>;
  readonly #env: Environment;

  /**
   * @param env - for proxies.
   * @param bounds - of the accounts that are kept.
   */
  constructor(env: Environment, bounds: BoundedMapOptions<EcrAccount>) {
    this.#env = env;
    this.#accounts = new BoundedMap(bounds);
  }

  /** Absent: the location is not on ECR. */
  of(location: Location): EcrAccount | undefined {
    const endpoint = ecrEndpoint(location);
    if (endpoint === undefined) return undefined;
    const identity = location.aws ?? {};
    const key = accountKey(endpoint, identity);
    const known = this.#accounts.use(key);
    if (known !== undefined) return known;
    const account = new EcrAccount(endpoint, { identity, env: this.#env });
    this.#accounts.set(key, account);
    return account;
  }

  async close(): Promise<void> {
    const accounts = [...this.#accounts.values()];
    this.#accounts.clear();
    await Promise.all(accounts.map((account) => account.close()));
  }
}

const accountKey = (endpoint: EcrEndpoint, identity: AwsIdentity): string =>
  JSON.stringify([endpoint.host, endpoint.account ?? '', endpoint.region, identityKey(identity)]);

const isUnauthorized = (error: unknown): boolean => isSyncError(error) && error.code === 'UNAUTHORIZED';

/** Loads the SDK of private or public ECR, whichever is meant. */
async function openApi(endpoint: EcrEndpoint, caller: Caller): Promise<EcrApi> {
  if (endpoint.kind === 'private') {
    const { openPrivateEcr } = await import('./private-api.ts');
    return openPrivateEcr(endpoint, caller);
  }
  const { openPublicEcr } = await import('./public-api.ts');
  return openPublicEcr(endpoint, caller);
}
