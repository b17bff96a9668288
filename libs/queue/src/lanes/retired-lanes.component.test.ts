import type { LaneFilter, LaneParts } from '@regfleet/fleet';
import { eventually } from '@regfleet/harness';
import { type Logger, SyncError, silentLogger } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import type { RedisFleet } from '../fleet.ts';
import { COPIED, failure, laneOf, openRun, orders, useFleets } from '../queue.fixture.ts';

const LANE = laneOf({ registry: 'gone.test' });
const isServed: LaneFilter = ({ source }) => source !== 'gone.test';

describe('queue/lanes/retired-lanes', () => {
  const fleets = useFleets();

  /** Keys of the lane that do not expire by themselves. */
  async function lastingKeys(fleet: RedisFleet, lane = LANE): Promise<string[]> {
    const { client, keys } = fleet.internals;
    const found = await client.keys(`${keys.root}${lane}*`);
    const ttls = await Promise.all(found.map((key) => client.ttl(key)));
    return found.filter((_, index) => ttls[index] === -1);
  }

  /** As if nothing had turned up of retired lanes for so long that they are watched no more. */
  async function watchedForLong(fleet: RedisFleet): Promise<void> {
    const { client, keys } = fleet.internals;
    for (const lane of await client.zrange(keys.retiredLanes, 0, -1))
      await client.zadd(keys.retiredLanes, 1, lane);
    await fleet.sweep(isServed);
    expect(await client.exists(keys.retiredLanes)).toBe(0);
  }

  /** Of the lanes that have a worker, by the names that BullMQ gives its connections. */
  async function connections(fleet: RedisFleet): Promise<number> {
    const { client, keys } = fleet.internals;
    const clients = String(await client.client('LIST')).split('\n');
    return clients.filter((line) => line.includes(` name=${keys.root}`)).length;
  }

  async function copyFrom(fleet: RedisFleet, registries: readonly string[]): Promise<void> {
    const runId = await openRun(fleet);
    for (const registry of registries) await fleet.runs.enqueueAll(runId, orders(2, { registry }));
    await fleet.runs.finishExpansion(runId, []);
    await fleet.runs.wait(runId);
  }

  it('a registry that left the config costs no connection, key, queue or command, nor after a restart', async () => {
    const fleet = await fleets.connect();
    const { client, queues } = fleet.internals;
    const named = new Set(['kept.test', 'gone.test']);
    const options = { servesLane: ({ source }: LaneParts) => named.has(source) };
    const consumer = fleets.copies({ fleet, ...options });
    await copyFrom(fleet, ['kept.test']);
    await fleet.sweep(isServed);
    const base = { connections: await connections(fleet), queues: queues.size };
    await copyFrom(fleet, ['kept.test', 'gone.test']);
    expect(await connections(fleet)).toBe(base.connections + 1);
    named.delete('gone.test');
    await eventually(async () => {
      // The leader may be the sooner one.
      await fleet.sweep(isServed);
      consumer.look();
      return (await connections(fleet)) === base.connections;
    });
    await eventually(async () => (await lastingKeys(fleet)).length === 0);
    expect(await fleet.lanes.list()).toEqual([laneOf({ registry: 'kept.test' })]);
    await eventually(async () => queues.size === base.queues);
    await consumer.drain();
    await watchedForLong(fleet);

    const monitor = await client.duplicate().monitor();
    fleets.onCleanUp(async () => monitor.disconnect());
    const seen: string[] = [];
    monitor.on('monitor', (_time: string, args: string[]) => seen.push(args.join(' ')));
    const next = await fleets.connect();
    fleets.copies({ fleet: next, ...options });
    await copyFrom(next, ['kept.test']);
    await next.sweep(isServed);
    expect(await connections(next)).toBe(base.connections);
    await eventually(async () => seen.some((command) => command.includes('kept.test')));
    expect(seen.filter((command) => command.includes('gone.test'))).toEqual([]);
  });

  it('a lane is kept while something on it is to be ended, or an unfinished run may give it a job', async () => {
    const fleet = await fleets.connect();
    const { book } = fleet.internals;
    const kept = async (): Promise<boolean> => {
      await fleet.sweep(isServed);
      return (await fleet.lanes.list()).includes(LANE);
    };
    const runId = await openRun(fleet);
    await fleet.lanes.announce(new Set([LANE]));
    // Before its first job is queued.
    await book.register(runId, [{ name: 'about-to-be-queued', lane: LANE }]);
    expect(await kept()).toBe(true);
    await book.settle(runId, 'about-to-be-queued', { outcome: 'copied' });
    await fleet.lanes.pause(LANE);
    await fleet.runs.enqueueAll(runId, orders(1, { registry: 'gone.test' }));
    await fleet.runs.finishExpansion(runId, []);
    expect(await kept()).toBe(true);
    await fleet.lanes.resume(LANE);
    const consumer = fleets.copies({
      fleet,
      copy: () => Promise.reject(new SyncError('DENIED', { message: 'a failure of the test' })),
    });
    expect((await fleet.runs.wait(runId)).counts).toMatchObject({ copied: 1, failed: 1 });
    await consumer.drain();
    expect((await fleet.sweep()).removedJobs).toBe(0);
    expect(await fleet.lanes.list()).toEqual([LANE]);
    expect(await kept()).toBe(false);
    await eventually(async () => (await lastingKeys(fleet)).length === 0);
  });

  it('no job is lost on a lane that is retired while it gets one', async () => {
    const fleet = await fleets.connect();
    const leader = await fleets.connect();
    const copied: string[] = [];
    for (let index = 0; index < 20; index += 1) {
      const runId = await openRun(fleet);
      await Promise.all([
        fleet.runs.enqueueAll(runId, orders(1, { registry: 'gone.test', repository: `t${index}` })),
        leader.sweep(isServed),
        leader.sweep(isServed),
      ]);
      await fleet.runs.finishExpansion(runId, []);
      expect(await fleet.lanes.list()).toEqual([LANE]);
      const consumer = fleets.copies({
        fleet,
        servesLane: () => false,
        copy: async (job) => {
          copied.push(job.runId);
          return COPIED;
        },
      });
      consumer.look();
      await fleet.runs.wait(runId);
      await consumer.drain();
      await leader.sweep(isServed);
    }
    expect(copied.length).toBe(20);
  });

  it('a lane of a registry that left before it got a job leaves nothing behind', async () => {
    const fleet = await fleets.connect();
    await fleet.lanes.pause(LANE);
    await fleet.lanes.resume(LANE);
    await fleet.sweep(isServed);
    expect(await lastingKeys(fleet, 'copy.')).toEqual([]);
  });

  it('what is written of a lane by whoever had just found it before it was retired goes, too', async () => {
    const fleet = await fleets.connect();
    const other = await fleets.connect();
    await fleet.lanes.announce(new Set([LANE]));
    await fleet.sweep(isServed);
    expect(await lastingKeys(fleet)).toEqual([]);
    // As `status` does with the lanes that it listed.
    await other.internals.queues.get(LANE).getVersion();
    expect(await lastingKeys(fleet)).not.toEqual([]);
    await fleet.sweep(isServed);
    expect(await lastingKeys(fleet)).toEqual([]);
    await watchedForLong(fleet);
  });

  it('a lane stays while an operator has paused it, and the log tells what goes with it afterwards', async () => {
    const told: object[] = [];
    const logger: Logger = { ...silentLogger, info: (fields) => void told.push(fields), child: () => logger };
    const fleet = await fleets.connect(logger);
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(2, { registry: 'gone.test' }));
    await fleet.runs.finishExpansion(runId, []);
    const consumer = fleets.copies({ fleet, copy: () => Promise.reject(failure('DENIED')) });
    await fleet.runs.wait(runId);
    await consumer.drain();
    await fleet.lanes.pause(LANE);
    await fleet.sweep(isServed);
    expect(await fleet.lanes.status()).toMatchObject([{ lane: LANE, paused: true, failed: 2 }]);
    await fleet.lanes.resume(LANE);
    await fleet.sweep(isServed);
    expect(await fleet.lanes.list()).toEqual([]);
    expect(told).toEqual([{ lane: LANE, failedJobs: 2 }]);
    expect((await fleet.runs.get(runId))?.errors).toHaveLength(2);
  });

  it('queues that nobody asks for are closed, and opened again when they are', async () => {
    const fleet = await fleets.connect();
    const { client, queues } = fleet.internals;
    const listeners = (): number =>
      client.eventNames().reduce((sum, name) => sum + client.listenerCount(name), 0);
    await fleet.lanes.depths();
    const base = listeners();
    for (let index = 0; index < 50; index += 1)
      await queues.get(laneOf({ registry: `b${index}.test` })).count();
    expect(queues.size).toBe(51);
    await queues.closeUnused(0);
    expect(queues.size).toBe(0);
    expect(listeners()).toBeLessThanOrEqual(base);
    expect(await queues.get(laneOf({ registry: 'b1.test' })).count()).toBe(0);
  });
});
