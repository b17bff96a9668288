import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { keepingLogger, laneOf, openRun, orders, useFleets } from '../queue.fixture.ts';

const MINUTE_MS = 60_000;

describe('queue/leader/left-tasks', () => {
  const fleets = useFleets();

  async function runs() {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const [left, kept] = [await openRun(fleet, 'left'), await openRun(fleet, 'kept')];
    await fleet.runs.enqueueAll(left, orders(20));
    await fleet.runs.enqueueAll(kept, orders(2, { target: 'elsewhere.test' }));
    return { fleet, left, kept, lines };
  }

  it('cancels the run of a task that left, drops its copies and firings, and says so once', async () => {
    const { fleet, left, kept, lines } = await runs();
    await fleet.schedules.fire('left', 'operator');
    const other = await fleet.schedules.fire('kept', 'operator');
    await fleet.dropTasks(['left']);
    expect(await fleet.runs.get(left)).toMatchObject({
      outcome: 'cancelled',
      reason: 'the task left the config',
      counts: { skipped: 20, failed: 0 },
    });
    expect(await fleet.internals.queues.get(laneOf()).getJobCounts('prioritized', 'wait', 'delayed')).toEqual(
      {
        prioritized: 0,
        wait: 0,
        delayed: 0,
      },
    );
    expect((await fleet.runs.get(kept))?.outcome).toBeUndefined();
    expect((await fleet.runs.queued()).map(({ runId }) => runId)).toEqual([other]);
    await fleet.dropTasks(['left']);
    expect(lines).toEqual([expect.stringMatching(/^a task left the config.*"copies":20/)]);
  });

  it('does so for what no leader had in its config for ten minutes, which nobody may have lost', async () => {
    const { fleet, left, kept } = await runs();
    const { client, keys } = fleet.internals;
    await fleet.sweep(undefined, ['kept']);
    expect((await fleet.runs.get(left))?.outcome).toBeUndefined();
    await client.zadd(keys.tasks, Date.now() - 11 * MINUTE_MS, 'left', Date.now() - 11 * MINUTE_MS, 'kept');
    await fleet.sweep(undefined, ['kept']);
    await eventually(async () => (await fleet.runs.get(left))?.outcome === 'cancelled');
    expect((await fleet.runs.get(kept))?.outcome).toBeUndefined();
  });
});
