import type { RepositoryOptions } from '@regfleet/model';

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
  close(): void;
}
