import { eventually } from '@regfleet/harness';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { failure, openRun, order, orders, useFleets } from './queue.fixture.ts';

describe('queue/secrets', () => {
  const fleets = useFleets();

  it('lets no credential into any key or value, not even from an error', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    const leaks = [
      () => failure('RELAY_FAILED', { message: 'GET https://me:hunter2@source.test/v2/ failed' }),
      () => failure('DENIED', { message: 'refused', hint: 'sent Authorization: Bearer hunter2hunter2' }),
      () => new Error('connect to https://me:hunter2@source.test failed'),
    ];
    fleets.copies({
      fleet,
      copy: ({ request }) => Promise.reject(leaks[Number(request.source.tag?.slice(1)) % 3]?.()),
    });
    fleets.runs({
      fleet,
      expand: async (ticket) => {
        await fleet.runs.claim(ticket);
        throw failure('UNAUTHORIZED', { message: 'token "token":"hunter2" was refused' });
      },
    });
    await fleet.schedules.reconcile([{ task: 'scheduled', fingerprint: 'f', everyMs: 3_600_000 }]);
    await fleet.runs.enqueueAll(runId, orders(6, { attempts: 2 }));
    await fleet.runs.finishExpansion(runId, []);
    await fleet.copyOnce(order('v1', { target: 'elsewhere.test' }));
    expect((await fleet.runs.wait(runId)).counts.failed).toBe(6);
    await eventually(
      async () => (await fleet.runs.list({ task: 'scheduled', limit: 1 }))[0]?.outcome === 'failed',
    );
    const everything = await dump(fleets.redis.url);
    expect(everything).toContain('https://***@source.test');
    expect(everything).not.toContain('hunter2');
  });
});

/** Every key with its whole value. */
async function dump(url: string): Promise<string> {
  const client = new Redis(url);
  const read: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => client.get(key),
    hash: (key) => client.hgetall(key),
    list: (key) => client.lrange(key, 0, -1),
    set: (key) => client.smembers(key),
    zset: (key) => client.zrange(key, 0, -1),
    stream: (key) => client.xrange(key, '-', '+'),
  };
  try {
    const keys = await client.keys('*');
    const values = await Promise.all(
      keys.map(async (key) => [key, await read[await client.type(key)]?.(key)]),
    );
    return JSON.stringify(values);
  } finally {
    client.disconnect();
  }
}
