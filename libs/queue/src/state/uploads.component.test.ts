import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { useFleets } from '../queue.fixture.ts';

const LONG_MS = 60_000;

describe('queue/uploads', () => {
  const fleets = useFleets();

  it('shows notes whose lease has ended, and gives each to one alone', async () => {
    const [one, two] = [await fleets.connect(), await fleets.connect()];
    await one.uploads.keep('kept', LONG_MS);
    await one.uploads.keep('left', 1);
    await eventually(async () => (await two.uploads.lapsed()).length > 0, { what: 'the lease to end' });
    expect(await two.uploads.lapsed()).toEqual(['left']);
    const taken = await Promise.all([one, two].map(({ uploads }) => uploads.drop('left')));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await two.uploads.lapsed()).toEqual([]);
  });

  it('shows none that was kept again', async () => {
    const { uploads } = await fleets.connect();
    await uploads.keep('left', 1);
    await eventually(async () => (await uploads.lapsed()).length > 0, { what: 'the lease to end' });
    await uploads.keep('left', LONG_MS);
    expect(await uploads.lapsed()).toEqual([]);
  });

  it('is bounded, expires, and works on past what others wrote', async () => {
    const { uploads, internals } = await fleets.connect();
    const { client, keys } = internals;
    await client.set(keys.uploads, 'text');
    await uploads.keep('first', 1);
    expect(await client.pttl(keys.uploads)).toBeGreaterThan(0);
    await client.zadd(keys.uploads, 1_000_000_000_000_000, 'x'.repeat(9_000));
    await client.zadd(
      keys.uploads,
      ...Array.from({ length: 1_100 }, (_, count) => [1e15 + count, `${count}`]).flat(),
    );
    await uploads.keep('last', LONG_MS);
    expect(await client.zcard(keys.uploads)).toBe(1_000);
    await client.del(keys.uploads);
    const now = Date.now() - 1_000;
    await client.zadd(keys.uploads, now, 'x'.repeat(9_000), now, 'ours', 1, 'of days ago');
    expect(await uploads.lapsed()).toEqual(['ours']);
    expect(await client.zcard(keys.uploads)).toBe(1);
  });
});
