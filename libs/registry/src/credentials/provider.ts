import type { Credentials, Location } from '@regfleet/model';
import type { LoginContext } from '../contract.ts';
import type { CredentialDeps } from './deps.ts';

/**
 * One way to credentials: one file, one entry of `credentialProviders`.
 *
 * Providers are asked in their order; the first that applies and holds something for the registry answers. A failure
 * is the answer too: nobody falls back to a later provider, nor to anonymous.
 */
export interface CredentialProvider {
  /** As operators read it in plans and messages, kebab-case. */
  readonly name: string;
  appliesTo(location: Location): boolean;
  open(location: Location, deps: CredentialDeps): OpenProvider;
}

/** A provider that knows its location. */
export interface OpenProvider {
  /**
   * Absent: nothing is held for this registry.
   *
   * @throws {SyncError} with the registry and the provider's name in the message.
   */
  get(context?: LoginContext): Promise<Credentials | undefined>;
  /**
   * Lets the next `get` ask again.
   *
   * @param refused - what the registry did not take; held ones that differ are kept. Absent: whatever is held.
   */
  forget?(refused?: Credentials): void;
}
