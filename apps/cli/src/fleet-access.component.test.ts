import { startRedis } from '@regfleet/harness';
import { silentLogger } from '@regfleet/model';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { withFleet } from './fleet-access.ts';

describe('cli/fleet-access', () => {
  it('tells a command that Redis refuses as an error of ours', async () => {
    await using redis = await startRedis();
    const client = new Redis(redis.url);
    try {
      await client.set('{test}:cache:broken', 'text');
      await client.call('ACL', 'SETUSER', 'default', '-getrange');
      const work = withFleet({ url: redis.url, prefix: 'test' }, silentLogger, (fleet) =>
        fleet.cache.get('broken', 100),
      );
      await expect(work).rejects.toMatchObject({
        code: 'REDIS_UNSUITABLE',
        message: expect.stringContaining('NOPERM'),
      });
    } finally {
      client.disconnect();
    }
  });
});
