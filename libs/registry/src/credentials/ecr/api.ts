import type { RepositoryOptions } from '@regfleet/model';

/** Tagged images of a repository. */
export interface ImagePage {
  readonly images: readonly {
    readonly digest: string | undefined;
    readonly mediaType: string | undefined;
    readonly tags: readonly string[];
  }[];
  /** Absent: it is the last. */
  readonly next: string | undefined;
}

/**
 * The part of ECR's API that is needed; private and public ECR differ in the SDK, not in the meaning.
 *
 * Failures are the SDK's own errors; `AwsCalls` makes them ours.
 */
export interface EcrApi {
  /** @returns `user:password` in base64. */
  token(signal: AbortSignal): Promise<{ readonly login: string; readonly expiresAtMs?: number }>;
  /** Names as image references have them, page by page. */
  listRepositories(signal: AbortSignal): AsyncIterable<readonly string[]>;
  /** @param name - as image references have it. */
  hasRepository(name: string, signal: AbortSignal): Promise<boolean>;
  createRepository(name: string, options: RepositoryOptions, signal: AbortSignal): Promise<void>;
  /** Absent: public ECR knows no lifecycle policies, no scanning and no immutable tags. */
  putLifecyclePolicy?(name: string, policy: string, signal: AbortSignal): Promise<void>;
  /** Absent: not for public ECR, which tells owners alone. @param token - of the page; absent: the first. */
  taggedImages?(name: string, token: string | undefined, signal: AbortSignal | undefined): Promise<ImagePage>;
  close(): void;
}
