import type { FleetBlobs } from '@regfleet/fleet';
import type { Digest } from '@regfleet/model';
import type { Internals } from '../../jobs/internals.ts';
import { runScript } from '../../redis/script.ts';
import { DROP_BLOBS, HOLD_BLOBS } from './hold-blobs.ts';
import { type BlobPlace, idsIn, placeOf, repositoryId } from './place.ts';

export interface BlobLimits {
  /** What was noted in one period is forgotten at the end of the next. */
  readonly periodMs: number;
  readonly buckets: number;
  readonly fieldsPerBucket: number;
}

// With both periods full: 1,048,576 blobs in 22 MiB (measured with Redis 7.0). Up to 128 fields Redis packs a hash into
// one block (hash-max-listpack-entries), a fifth of what a table takes.
const DEFAULT_LIMITS: BlobLimits = { periodMs: 60 * 60 * 1000, buckets: 4096, fieldsPerBucket: 128 };
// A mount needs one; more than one because a repository may be out of reach for the account that asks.
const IDS_PER_FIELD = 4;
// Scripts block Redis: this many blobs take it about a millisecond.
const BATCH = 500;

/**
 * Which repositories hold which blobs, in hashes of bounded size: period and bucket by digest -> field of the digest's
 * hash -> ids of repositories. Names of repositories are kept once per period.
 */
export class RedisBlobs implements FleetBlobs {
  readonly #internals: Pick<Internals, 'client' | 'keys'>;
  readonly #limits: BlobLimits;
  readonly #nowMs: () => number;

  constructor(
    internals: Pick<Internals, 'client' | 'keys'>,
    limits: BlobLimits = DEFAULT_LIMITS,
    nowMs: () => number = Date.now,
  ) {
    this.#internals = internals;
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  async holders(registry: string, digests: readonly Digest[]): Promise<Map<Digest, readonly string[]>> {
    const perPeriod = await Promise.all(
      this.#readable().map((period) => this.#holdersIn(period, registry, digests)),
    );
    const found = new Map<Digest, readonly string[]>();
    for (const [index, digest] of digests.entries()) {
      const repositories = new Set(perPeriod.flatMap((holders) => holders[index] ?? []));
      if (repositories.size > 0) found.set(digest, [...repositories]);
    }
    return found;
  }

  async add(registry: string, repository: string, digests: readonly Digest[]): Promise<void> {
    const { client, keys } = this.#internals;
    const { periodMs, fieldsPerBucket } = this.#limits;
    const [period] = this.#readable();
    const id = repositoryId(registry, repository);
    for (const places of this.#batches(registry, digests)) {
      await runScript(
        client,
        HOLD_BLOBS,
        [keys.blobRepositories(String(period)), ...places.map((place) => this.#key(period, place))],
        [2 * periodMs, id, repository, fieldsPerBucket, IDS_PER_FIELD, ...places.map(({ field }) => field)],
      );
    }
  }

  async drop(registry: string, repository: string, digests: readonly Digest[]): Promise<void> {
    const id = repositoryId(registry, repository);
    for (const period of this.#readable()) {
      for (const places of this.#batches(registry, digests)) {
        const keys = places.map((place) => this.#key(period, place));
        await runScript(this.#internals.client, DROP_BLOBS, keys, [id, ...places.map(({ field }) => field)]);
      }
    }
  }

  /** In the order of `digests`, the newest first each. */
  async #holdersIn(period: number, registry: string, digests: readonly Digest[]): Promise<string[][]> {
    const { client, keys } = this.#internals;
    const pipeline = client.pipeline();
    for (const place of this.#places(registry, digests)) pipeline.hget(this.#key(period, place), place.field);
    const replies = (await pipeline.exec()) ?? [];
    const held = replies.map(([, reply]) => (typeof reply === 'string' ? idsIn(reply) : []));
    const ids = [...new Set(held.flat())];
    if (ids.length === 0) return held;
    const names = await client.hmget(keys.blobRepositories(String(period)), ...ids);
    const nameOf = new Map(ids.map((id, index) => [id, names[index] ?? undefined]));
    return held.map((own) => own.flatMap((id) => nameOf.get(id) ?? []));
  }

  /** The period that is written to, and the one before it. */
  #readable(): [number, number] {
    const period = Math.floor(this.#nowMs() / this.#limits.periodMs);
    return [period, period - 1];
  }

  #batches(registry: string, digests: readonly Digest[]): BlobPlace[][] {
    const places = this.#places(registry, digests);
    const count = Math.ceil(places.length / BATCH);
    return Array.from({ length: count }, (_, index) => places.slice(index * BATCH, (index + 1) * BATCH));
  }

  #places(registry: string, digests: readonly Digest[]): BlobPlace[] {
    return digests.map((digest) => placeOf(registry, digest, this.#limits.buckets));
  }

  #key(period: number, { bucket }: BlobPlace): string {
    return this.#internals.keys.blobs(`${period}:${bucket}`);
  }
}
