import type { Location } from '@regfleet/model';
import type { RegistryClient } from '../contract.ts';
import type { CredentialSource } from '../credentials/contract.ts';
import type { CredentialDeps } from '../credentials/deps.ts';
import type { Listings } from './listings.ts';

export interface ListerDeps extends CredentialDeps {
  readonly listings: Listings;
  readonly credentials: CredentialSource;
  /** How many names a list may have at most. */
  readonly maxNames: number;
  /** Opened only by listers that use it. */
  connect(): RegistryClient;
}

/** What a lister may need to know of the limits; that paging stops is not its concern. */
export interface ListingScope {
  /** Absent: no limit. */
  readonly maxItems?: number | undefined;
  readonly signal: AbortSignal;
}

/** One way to learn the names of repositories: one file, one entry in `index.ts`. */
export interface ListerDefinition {
  /** It gives no more names than so many, whatever it is asked for; absent: it gives all. */
  readonly maxItems?: number;
  /**
   * Names page by page, as references have them; the caller stops iterating when it has enough.
   *
   * @throws {SyncError}
   */
  pages(location: Location, deps: ListerDeps, scope: ListingScope): AsyncIterable<readonly string[]>;
}

/** Lists in place of `catalog` where the host of a registry calls for it. */
export interface HostLister extends ListerDefinition {
  /** As messages and caches name it. */
  readonly type: string;
  appliesTo(location: Location): boolean;
}
