import type { RunRecord } from '@regfleet/fleet';
import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { openRun, order, useFleets } from '../queue.fixture.ts';

describe('queue/runs/runs', () => {
  const fleets = useFleets();

  it('tells a waiter of changes and resolves at the end', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    const changes: RunRecord[] = [];
    const waiting = (await fleets.connect()).runs.wait(runId, { onChange: (run) => changes.push(run) });
    await eventually(() => changes.length > 0);
    fleet.runs.setCounts(runId, { selected: 7 });
    await eventually(() => changes.at(-1)?.counts.selected === 7);
    await fleet.runs.finishExpansion(runId, []);
    expect((await waiting).outcome).toBe('succeeded');
  });

  it('takes no run for lost that Redis refuses to tell of', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    await fleets.redis.call('ACL', 'SETUSER', 'default', '-hmget');
    fleets.onCleanUp(() => fleets.redis.call('ACL', 'SETUSER', 'default', '+hmget'));
    await expect(fleet.runs.wait(runId)).rejects.toMatchObject({ code: 'REDIS_UNSUITABLE' });
  });

  it('keeps the last fifty runs of a task', async () => {
    const fleet = await fleets.connect();
    for (let index = 0; index < 55; index++) await fleet.runs.finishExpansion(await openRun(fleet), []);
    expect(await fleet.runs.list({ task: 'a task', limit: 100 })).toHaveLength(50);
    expect(await fleet.runs.list({ limit: 100 })).toHaveLength(50);
  });

  it('misses no copy that a dead expansion noted and the one that went on saw no need of', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet, 'a task');
    const { book } = fleet.internals;
    await fleet.runs.enqueueAll(runId, [order('queued')]);
    // As if its process had died before it queued them.
    const lane = 'copy.direct.source.test_5000_to_target.test';
    await book.register(runId, [
      { name: 'in-sync-meanwhile', lane },
      { name: 'noted-again', lane },
    ]);
    expect(await fleet.runs.claim({ runId, task: 'a task', trigger: 'schedule' })).toBe('resumed');
    await book.register(runId, [{ name: 'noted-again', lane }]);
    await fleet.runs.finishExpansion(runId, []);
    fleets.copies({ fleet });
    await expect.poll(async () => (await fleet.runs.get(runId))?.counts.copied).toBe(1);
    expect((await fleet.runs.get(runId))?.counts).toMatchObject({ enqueued: 2, failed: 0 });
    // What was noted again has to be queued as well: that it is not there is a loss.
    await fleet.sweep();
    expect(await fleet.runs.wait(runId)).toMatchObject({
      counts: { enqueued: 2, copied: 1, failed: 1 },
      errors: [{ code: 'JOB_LOST' }],
    });
  });

  it('reports an ended run to one watcher only', async () => {
    const [one, two] = [await fleets.connect(), await fleets.connect()];
    const ended: string[] = [];
    const stops = await Promise.all(
      [one, two].map((fleet) => fleet.runs.watchEnded(({ id }) => ended.push(id))),
    );
    const runs = [];
    for (let index = 0; index < 5; index++) {
      const runId = await openRun(one);
      runs.push(runId);
      await one.runs.finishExpansion(runId, []);
    }
    await eventually(() => ended.length >= 5);
    await Promise.all(stops.map((stop) => stop()));
    expect(ended.sort()).toEqual(runs.sort());
  });

  it('copies one image without a task', async () => {
    const fleet = await fleets.connect();
    fleets.copies({ fleet });
    const run = await fleet.runs.wait(await fleet.copyOnce(order('one')));
    expect(run).toMatchObject({
      outcome: 'succeeded',
      trigger: 'operator',
      counts: { enqueued: 1, copied: 1 },
    });
    expect(run.task).toBeUndefined();
  });
});
