import type { Credentials } from '@regfleet/model';
import type { LoginContext } from '../contract.ts';

/** Where the credentials of one location come from: config, auth files, cloud identities. */
export interface CredentialSource {
  /**
   * Absent: anonymous. Cheap while what was fetched last still holds. Names its provider.
   *
   * @throws {SyncError} naming the registry, when credentials were asked for and cannot be had.
   */
  get(context?: LoginContext): Promise<Credentials | undefined>;
  /** The registry refused these: the next `get` asks again, unless something else is held already. */
  forget(refused: Credentials): void;
}
