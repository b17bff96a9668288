import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { COPIED, laneOf, openRun, order, orders, useFleets } from '../queue.fixture.ts';

describe('queue/lanes/served-lanes', () => {
  const fleets = useFleets();

  it('serves lanes of its relays only', async () => {
    const fleet = await fleets.connect();
    fleets.copies({ fleet, relays: ['skopeo'] });
    const runId = await openRun(fleet);
    const { request, ...policy } = order('one');
    await fleet.runs.enqueueAll(runId, [
      { ...policy, request },
      { ...policy, request: { ...request, relay: 'skopeo', target: { ...request.target, tag: 'two' } } },
    ]);
    await eventually(async () => (await fleet.runs.get(runId))?.counts.copied === 1);
    expect(await fleet.lanes.status()).toMatchObject([
      {
        lane: 'copy.direct.source.test_5000_to_target.test',
        relay: 'direct',
        source: 'source.test:5000',
        target: 'target.test',
        waiting: 1,
      },
      { lane: 'copy.skopeo.source.test_5000_to_target.test', relay: 'skopeo', waiting: 0 },
    ]);
  });

  it('serves the lanes of its registries, and of others no more than a few, while they have jobs', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    const own = new Set(['source.test:5000']);
    const held = Promise.withResolvers<void>();
    const copied: string[] = [];
    const consumer = fleets.copies({
      fleet,
      servesLane: ({ source }) => own.has(source),
      copy: async ({ request }) => {
        if (request.source.registry.startsWith('a')) await held.promise;
        copied.push(request.source.registry);
        return COPIED;
      },
    });
    // By the names that BullMQ gives its connections.
    const served = async (): Promise<number> =>
      String(await client.client('LIST'))
        .split('\n')
        .filter((line) => line.includes(` name=${keys.root}`)).length;
    await client.sadd(
      keys.lanes,
      ...Array.from({ length: 1_500 }, (_, index) => laneOf({ registry: `b${index}.test` })),
    );
    const runId = await openRun(fleet);
    for (let index = 0; index < 20; index += 1)
      await fleet.runs.enqueueAll(runId, orders(1, { registry: `a${index}.test`, target: `a${index}.test` }));
    consumer.look();
    await eventually(() => consumer.activeCount > 0);
    await fleet.runs.enqueueAll(runId, orders(1));
    expect((await fleet.lanes.list()).length).toBe(1_000);
    expect(await served()).toBe(1 + 8);
    held.resolve();
    await fleet.runs.finishExpansion(runId, []);
    await eventually(() => {
      consumer.look();
      return copied.length === 21;
    });
    expect((await fleet.runs.wait(runId)).counts.copied).toBe(21);
    await eventually(async () => {
      consumer.look();
      return (await served()) === 1;
    });
  });

  it('serves lanes of its registries that no task uses at once while they have jobs, however many, and no longer', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    const connections = async (): Promise<number> =>
      String(await client.client('LIST'))
        .split('\n')
        .filter((line) => line.includes(` name=${keys.root}`)).length;
    const queued = await openRun(fleet);
    const hosts = Array.from({ length: 12 }, (_, index) => `a${index}.test`);
    for (const registry of hosts)
      await fleet.runs.enqueueAll(queued, orders(1, { registry, target: registry }));
    await fleet.runs.finishExpansion(queued, []);
    const consumer = fleets.copies({ fleet, usesLane: ({ source }) => source === 'used.test' });
    expect((await fleet.runs.wait(queued)).counts.copied).toBe(12);
    await fleet.runs.wait(await fleet.copyOnce(order('one', { registry: 'used.test' })));
    await eventually(async () => {
      consumer.look();
      return (await connections()) === 1;
    });
    // None of these is new, and nobody looks by itself for a minute.
    for (const registry of ['a1.test', 'used.test', 'a2.test']) {
      const runId = await fleet.copyOnce(order('two', { registry }));
      const ended = await fleet.runs.wait(runId, { signal: AbortSignal.timeout(20_000) });
      expect(ended.outcome).toBe('succeeded');
    }
  });

  it('leaves lanes of other registries that give nothing to those that do', async () => {
    const fleet = await fleets.connect();
    const consumer = fleets.copies({ fleet, servesLane: () => false });
    const runId = await openRun(fleet);
    for (let index = 0; index < 20; index += 1) {
      const registry = `a${index}.test`;
      await fleet.runs.enqueueAll(runId, orders(1, { registry, target: registry }));
      if (index < 19) await fleet.lanes.pause(laneOf({ registry, target: registry }));
    }
    await eventually(async () => {
      consumer.look();
      return (await fleet.runs.get(runId))?.counts.copied === 1;
    });
  });
});
