import { type Resource, startRedis } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { afterEach, describe, expect, it } from 'vitest';
import { connectFleet } from '../fleet.ts';

const MIB = 1024 * 1024;

describe('queue/redis/memory', () => {
  const parts: Resource[] = [];
  afterEach(async () => {
    for (const part of parts.splice(0)) await part.stop();
  });

  it('is told by a Redis that lets us ask, and is not known of one that does not', async () => {
    const redis = await startRedis();
    parts.push(redis);
    const fleet = await connectFleet({ url: redis.url, prefix: 'memory', logger: silentLogger });
    try {
      expect(await fleet.memory()).toEqual({ usedBytes: expect.any(Number), policy: 'noeviction' });
      await redis.call('CONFIG', 'SET', 'maxmemory', `${64 * MIB}`, 'maxmemory-policy', 'allkeys-lru');
      await redis.call('ACL', 'SETUSER', 'default', '-config');
      expect(await fleet.memory()).toMatchObject({ limitBytes: 64 * MIB, policy: 'allkeys-lru' });
      await redis.call('ACL', 'SETUSER', 'default', '-info');
      expect(await fleet.memory()).toBeUndefined();
      expect(fleet.trouble).toBeUndefined();
    } finally {
      await fleet.close();
    }
  });
});
