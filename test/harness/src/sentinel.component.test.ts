import { describe, expect, it } from 'vitest';
import { startRedis } from './redis.ts';
import { startSentinel } from './sentinel.ts';

describe('harness/sentinel', () => {
  it('names the replica once the primary is gone', async () => {
    await using primary = await startRedis();
    await using replica = await startRedis();
    await replica.follow(primary);
    await using sentinel = await startSentinel({ name: 'main', primary, password: 'secret' });
    await sentinel.knowsReplicas('main', 1);
    expect(await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main')).toContain(`${primary.port}`);
    await primary.kill();
    await sentinel.names('main', replica);
    expect(await replica.call('INFO', 'replication')).toMatch(/^role:master/m);
  });
});
