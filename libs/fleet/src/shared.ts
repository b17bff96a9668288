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

/** Notes of uploads under way, so that those of a process that died can be ended by others. */
export interface FleetUploads {
  /** Says, for so long, that it goes on. */
  keep(note: string, leaseMs: number): Promise<void>;
  /** @returns true: it was there, so that nobody else is told so. */
  drop(note: string): Promise<boolean>;
  /** Those that nobody has kept for as long as was said, the oldest first, a bounded number. */
  lapsed(): Promise<readonly string[]>;
}

/** What a store says of its memory. */
export interface StoreMemory {
  readonly usedBytes: number;
  /** What it may take; absent: it has no bound of its own. */
  readonly limitBytes?: number;
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
