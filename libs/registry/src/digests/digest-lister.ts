import type { Location, RegistryName } from '@regfleet/model';
import type { TagDigest } from '../contract.ts';
import type { Clouds } from '../credentials/clouds.ts';
import type { CredentialSource } from '../credentials/contract.ts';
import type { Session } from '../session/session.ts';

/** What an API is asked with. */
export interface DigestDeps {
  readonly session: Session;
  readonly credentials: CredentialSource;
  readonly clouds: Clouds;
  readonly location: Location;
}

export interface DigestQuestion {
  readonly repository: string;
  /** What a token for its list of tags has to allow. */
  readonly scope: string;
  readonly signal: AbortSignal | undefined;
}

/** How a registry is told from others; what the operator has said goes before. */
export interface RegistrySigns {
  readonly registry: RegistryName;
  /** The service that it names to those who need a token; absent: it has named none so far. */
  readonly tokenService: string | undefined;
}

/** One API that lists tags with their digests. */
export interface DigestLister {
  /** True: registries with these signs are known to have the API. */
  isAt(signs: RegistrySigns): boolean;
  /**
   * Tags with their digests, page by page, each page one request; the caller stops iterating when it has enough. Tags whose digest
   * the API does not tell are left out.
   *
   * @throws {SyncError}
   */
  pages(question: DigestQuestion, deps: DigestDeps): AsyncIterable<readonly TagDigest[]>;
}
