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

  it('is held by one process and handed over when that stands down', async () => {
    const first = stand(await fleets.connect(), 'first');
    await eventually(() => first.leadership.leads);
    const second = stand(await fleets.connect(), 'second');
    // The first one renews at least once while the second one looks.
    await new Promise((resolve) => setTimeout(resolve, TTL_MS));
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
