import type { Digest } from '@regfleet/model';

/** Small values with an expiry, shared by the fleet. Never for secrets. */
export interface FleetCache {
  /** Absent: unknown, empty, too old, or larger than `maxBytes`; no more than that is read. */
  get(key: string, maxBytes: number): Promise<string | undefined>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
}

/**
 * Which repositories of a registry hold which blobs and manifests, as the fleet has seen in the last hour or two.
 *
 * Bounded, so it may forget sooner, and may be out of date: a reader has to get along with both.
 */
export interface FleetBlobs {
  /** Repositories of `registry` by digest; digests of which nothing is known are left out. */
  holders(registry: string, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, readonly string[]>>;
  add(registry: string, repository: string, digests: readonly Digest[]): Promise<void>;
  drop(registry: string, repository: string, digests: readonly Digest[]): Promise<void>;
}

export interface SweepReport {
  /** Jobs that had ended or vanished uncounted. */
  readonly settledJobs: number;
  /** Runs whose expansion had died. */
  readonly settledRuns: number;
  /** Times that lay too far ahead: a clock had been wrong when they were written. */
  readonly mendedTimes: number;
  readonly removedJobs: number;
}
