import { randomUUID } from 'node:crypto';
import { startRedis, type TestRedis } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { connectFleet, type Fleet } from '@regfleet/queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listingCache } from './listing-cache.ts';

const TTL_MS = 60_000;

describe('cli/service/listing-cache', () => {
  let redis: TestRedis;
  let fleet: Fleet;

  beforeAll(async () => {
    redis = await startRedis();
    fleet = await connectFleet({
      url: redis.url,
      prefix: randomUUID(),
      logger: silentLogger,
      deadlineMs: 5_000,
    });
  });

  afterAll(async () => {
    await fleet?.close();
    await redis?.stop();
  });

  it('gives back what it was given', async () => {
    const cache = listingCache(fleet.cache, 3);
    await cache.set('own', ['library/busybox', '/team/app', 'a'], TTL_MS);
    expect(await cache.get('own')).toEqual(['library/busybox', '/team/app', 'a']);
    expect(await cache.get('other')).toBeUndefined();
  });

  it.each([
    ['more names than a registry may list', 'a\nb\nc\nd'],
    ['the same name again and again', 'a\n'.repeat(4_000_000)],
    ['more than is read', `a\n${'b'.repeat(17 * 1024 * 1024)}`],
    ['what cannot be a repository', 'a\n../b'],
    ['control characters', 'a\n\u001b[2J'],
    ['nothing', ''],
  ])('takes no list that holds %s', async (what, text) => {
    await fleet.cache.set(what, text, TTL_MS);
    expect(await listingCache(fleet.cache, 3).get(what)).toBeUndefined();
  });

  it.each([
    ['of too many names', ['a', 'b', 'c', 'd']],
    ['of what cannot be a repository', ['a', 'B']],
  ])('keeps no list %s', async (what, names) => {
    await listingCache(fleet.cache, 3).set(what, names, TTL_MS);
    expect(await fleet.cache.get(what, 100)).toBeUndefined();
  });
});
