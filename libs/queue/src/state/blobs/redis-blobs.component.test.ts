import { createHash } from 'node:crypto';
import { parseDigest } from '@regfleet/model';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { useFleets } from '../../queue.fixture.ts';
import { makeKeys } from '../../redis/keys.ts';
import { type BlobLimits, RedisBlobs } from './redis-blobs.ts';

const HOUR_MS = 60 * 60 * 1000;
const LIMITS: BlobLimits = { periodMs: HOUR_MS, buckets: 16, fieldsPerBucket: 128 };

const blob = (seed: unknown) =>
  parseDigest(`sha256:${createHash('sha256').update(String(seed)).digest('hex')}`);

describe('queue/state/blobs/redis-blobs', () => {
  const fleets = useFleets();

  /** An index whose clock the test sets. */
  function index(limits: Partial<BlobLimits> = {}) {
    const client = new Redis(fleets.redis.url);
    fleets.onCleanUp(() => client.quit());
    const clock = { nowMs: 1_800_000_000_000 };
    const keys = makeKeys(fleets.prefix);
    const blobs = new RedisBlobs({ client, keys }, { ...LIMITS, ...limits }, () => clock.nowMs);
    return { client, clock, blobs, ownKeys: () => client.keys(`${keys.root.replace('{', '\\{')}*`) };
  }

  it('tells every process of the fleet which repositories of a registry hold a blob', async () => {
    const [one, other] = await Promise.all([fleets.connect(), fleets.connect()]);
    await one.blobs.add('r.test:5000', 'mirror/a', [blob(1), blob(2)]);
    await one.blobs.add('r.test:5000', 'mirror/b', [blob(2)]);
    const found = await other.blobs.holders('r.test:5000', [blob(1), blob(2), blob(3)]);
    expect([...found]).toEqual([
      [blob(1), ['mirror/a']],
      [blob(2), ['mirror/b', 'mirror/a']],
    ]);
    expect(await other.blobs.holders('elsewhere.test', [blob(1)])).toEqual(new Map());
    expect(await other.blobs.holders('r.test:5000', [])).toEqual(new Map());
  });

  it('forgets what is dropped, and only that', async () => {
    const { blobs } = index();
    await blobs.add('r.test', 'a', [blob(1), blob(2)]);
    await blobs.add('r.test', 'b', [blob(1)]);
    await blobs.drop('r.test', 'a', [blob(1), blob(3)]);
    await blobs.drop('r.test', 'b', [blob(2)]);
    expect([...(await blobs.holders('r.test', [blob(1), blob(2)]))]).toEqual([
      [blob(1), ['b']],
      [blob(2), ['a']],
    ]);
    await blobs.drop('r.test', 'b', [blob(1)]);
    expect(await blobs.holders('r.test', [blob(1)])).toEqual(new Map());
  });

  it('remembers for one period at least and two at most', async () => {
    const { blobs, clock, client, ownKeys } = index();
    await blobs.add('r.test', 'a', [blob(1)]);
    clock.nowMs += HOUR_MS;
    expect((await blobs.holders('r.test', [blob(1)])).get(blob(1))).toEqual(['a']);
    clock.nowMs += HOUR_MS;
    expect(await blobs.holders('r.test', [blob(1)])).toEqual(new Map());
    const lifetimes = await Promise.all((await ownKeys()).map((key) => client.pttl(key)));
    expect(lifetimes.every((ms) => ms > 0 && ms <= 2 * HOUR_MS)).toBe(true);
  });

  it('keeps the last four repositories of a blob', async () => {
    const { blobs } = index();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'b']) await blobs.add('r.test', name, [blob(1)]);
    expect((await blobs.holders('r.test', [blob(1)])).get(blob(1))).toEqual(['b', 'e', 'd', 'c']);
  });

  it('looks at the first of the repositories only where others named more than it does', async () => {
    const { blobs, client, ownKeys } = index();
    await blobs.add('r.test', 'a', [blob(1)]);
    const [bucket = ''] = (await ownKeys()).filter((key) => key.includes(':blobs:'));
    const [field = ''] = await client.hkeys(bucket);
    const foreign = Array.from({ length: 300_000 }, (_, id) => String(id).padStart(6, '0')).join('');
    await client.hset(bucket, field, ((await client.hget(bucket, field)) ?? '') + foreign);
    expect((await blobs.holders('r.test', [blob(1)])).get(blob(1))).toEqual(['a']);
  });

  it('holds no more blobs than its buckets, each in less than 40 bytes, and always the newest', async () => {
    const { blobs, client, ownKeys } = index();
    const many = Array.from({ length: 10_000 }, (_, number) => blob(number));
    await blobs.add('registry.test:5000', 'mirror/library/busybox', many);
    const buckets = (await ownKeys()).filter((key) => key.includes(':blobs:'));
    const sizes = await Promise.all(buckets.map((key) => client.hlen(key)));
    const bytes = await Promise.all(buckets.map((key) => client.memory('USAGE', key)));
    const total = (numbers: readonly (number | null)[]): number =>
      numbers.reduce<number>((sum, number) => sum + (number ?? 0), 0);
    expect(total(sizes)).toBe(LIMITS.buckets * LIMITS.fieldsPerBucket);
    expect(total(bytes) / total(sizes)).toBeLessThan(40);
    const last = many.slice(-1);
    expect((await blobs.holders('registry.test:5000', last)).size).toBe(1);
  });
});
