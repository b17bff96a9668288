import type { Credentials } from '@regfleet/model';
import type { RequestOptions } from '../contract.ts';

/** Where the credentials of one location come from: config, auth files, cloud identities. */
export interface CredentialSource {
  /**
   * Absent: anonymous. Cheap while what was fetched last still holds.
   *
   * @throws {SyncError} naming the registry, when credentials were asked for and cannot be had.
   */
  get(options?: RequestOptions): Promise<Credentials | undefined>;
  /** The name of the provider whose answer `get` gives, `anonymous` where none holds anything; throws as `get` does. */
  provider(options?: RequestOptions): Promise<string>;
  /** The registry answered 401 to what the last `get` gave: the next one asks again. */
  forget(): void;
}
