import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import type { RedisFleet } from '../fleet.ts';
import { useFleets } from '../queue.fixture.ts';

const TTL_MS = 300;

describe('queue/leader/leadership', () => {
  const fleets = useFleets();

  function stand(fleet: RedisFleet, id: string) {
    const told: string[] = [];
    const leadership = fleet.leadership({
      id,
      ttlMs: TTL_MS,
      onElected: ({ isFirst }) => told.push(isFirst ? 'elected at start' : 'took over'),
      onLost: () => told.push('lost'),
    });
    fleets.onCleanUp(() => leadership.close());
    return { told, leadership };
  }

  /** Returns when the key lives longer than before. */
  async function renewed({ internals: { client, keys } }: RedisFleet): Promise<void> {
    let before = await client.pttl(keys.leader);
    const livesLonger = async (): Promise<boolean> => {
      const last = before;
      before = await client.pttl(keys.leader);
      return before > last;
    };
    await eventually(livesLonger, { intervalMs: 5, what: 'the leader to renew its key' });
  }

  it('is held by one process and handed over when that stands down', async () => {
    const fleet = await fleets.connect();
    const first = stand(fleet, 'first');
    await eventually(() => first.leadership.leads);
    const second = stand(await fleets.connect(), 'second');
    // The first one renews twice while the second one looks.
    for (let renewal = 0; renewal < 2; renewal += 1) await renewed(fleet);
    expect([first.leadership.leads, second.leadership.leads]).toEqual([true, false]);
    await first.leadership.close();
    await eventually(() => second.leadership.leads);
    expect(first.told).toEqual(['elected at start', 'lost']);
    expect(second.told).toEqual(['took over']);
  });

  it('counts as led from the start when the only other leader was killed before', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    await client.set(keys.leader, 'killed', 'PX', TTL_MS);
    const { told, leadership } = stand(fleet, 'restarted');
    await eventually(() => leadership.leads);
    expect(told).toEqual(['elected at start']);
  });

  it.each([
    ['never', []],
    ['in a year', ['PX', 31_536_000_000]],
  ] as const)('is taken over from a key that expires %s', async (_when, expiry) => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    await client.call('SET', keys.leader, 'nobody', ...expiry);
    const { leadership } = stand(fleet, 'first');
    await eventually(() => leadership.leads);
  });

  it('is lost when the key cannot be renewed', async () => {
    const fleet = await fleets.connect();
    const { told, leadership } = stand(fleet, 'first');
    await eventually(() => leadership.leads);
    const { client, keys } = fleet.internals;
    await client.set(keys.leader, 'usurper', 'PX', 2 * TTL_MS);
    await eventually(() => !leadership.leads);
    await eventually(() => told.length === 2);
    expect(told).toEqual(['elected at start', 'lost']);
  });
});
