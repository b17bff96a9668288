import type { Digest } from '@regfleet/model';

/**
 * Which repositories of a registry hold which blobs and manifests: a memory shared by processes.
 *
 * It may forget at any time, and has to within hours, since registries collect garbage. What it says may be out of
 * date; a copy that was misled tells it so by `drop` and tries again without it.
 */
export interface BlobIndex {
  /** Repositories of `registry` by digest; digests nobody holds may be left out. */
  holders(registry: string, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, readonly string[]>>;
  add(registry: string, repository: string, digests: readonly Digest[]): Promise<void>;
  drop(registry: string, repository: string, digests: readonly Digest[]): Promise<void>;
}
