import { Leases } from '@regfleet/fleet';
import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { useFleets } from '../queue.fixture.ts';

const { signal } = new AbortController();

describe('queue/leader/redis-leases', () => {
  const fleets = useFleets();
  const leasesOf = async (leaseMs?: number) =>
    new Leases({ store: (await fleets.connect()).leases, ...(leaseMs !== undefined && { leaseMs }) });

  it('lets one at a time in, whichever process asks', async () => {
    const processes = await Promise.all([leasesOf(), leasesOf(), leasesOf()]);
    const inside: string[] = [];
    let most = 0;
    const done = await Promise.all(
      processes.map((leases, index) =>
        leases.hold('subject', signal, async ({ check }) => {
          inside.push(`${index}`);
          most = Math.max(most, inside.length);
          await (await fleets.connect()).cache.get('anything', 1);
          check();
          inside.pop();
          return index;
        }),
      ),
    );
    expect(done).toEqual([0, 1, 2]);
    expect(most).toBe(1);
  });

  it('keeps it for as long as the work takes, and lets others do other things', async () => {
    const [one, two] = [await leasesOf(60), await leasesOf(60)];
    const free = Promise.withResolvers<void>();
    const { leases } = await fleets.connect();
    const work = one.hold('long', signal, () => free.promise);
    expect(await two.hold('other', signal, async () => 'done')).toBe('done');
    const renewed = new Set<number>();
    const { client, keys } = (await fleets.connect()).internals;
    const [key = ''] = await client.keys(`${keys.root}lease:*`);
    await eventually(
      async () => {
        renewed.add(await client.pexpiretime(key));
        return renewed.size > 4;
      },
      { what: 'renewals' },
    );
    expect(await leases.take('long', 'somebody else', 60)).toBe(false);
    free.resolve();
    await work;
    expect(await leases.take('long', 'somebody else', 60)).toBe(true);
  });

  it('says that a lease was lost before anything is written', async () => {
    const mine = await leasesOf(60_000);
    await expect(
      new Leases({ store: { take: async () => true, end: async () => undefined }, leaseMs: 0 }).hold(
        'lost',
        signal,
        async ({ check }) => check(),
      ),
    ).rejects.toMatchObject({ code: 'TIMED_OUT' });
    expect(await mine.hold('mine', signal, async ({ check }) => check())).toBeUndefined();
  });
});
