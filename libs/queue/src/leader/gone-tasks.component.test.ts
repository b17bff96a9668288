import { describe, expect, it } from 'vitest';
import type { RedisFleet } from '../fleet.ts';
import { openRun, useFleets } from '../queue.fixture.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const TASK = 'gone';
const ONE_OFF = { task: TASK, fingerprint: 'one' };

describe('queue/leader/gone-tasks', () => {
  const fleets = useFleets();

  /** Everything of the task. */
  async function traces(fleet: RedisFleet): Promise<string[]> {
    const { client, keys } = fleet.internals;
    const own = [keys.task(TASK), keys.runsOf(TASK), keys.skipsOf(TASK)];
    const found: string[] = [];
    for (const key of own) if ((await client.exists(key)) === 1) found.push(key.slice(keys.root.length));
    if ((await client.zscore(keys.tasks, TASK)) !== null) found.push('tasks');
    if ((await client.hexists(keys.startTasks, TASK)) === 1) found.push('start-tasks');
    return found;
  }

  /** As if all that was noted of the task had been noted so many days before. */
  async function age(fleet: RedisFleet, days: number): Promise<void> {
    const { client, keys } = fleet.internals;
    const thenMs = Date.now() - days * DAY_MS;
    await client.zadd(keys.tasks, thenMs, TASK);
    if ((await client.hexists(keys.task(TASK), 'lastEndedAtMs')) === 1)
      await client.hset(keys.task(TASK), 'lastEndedAtMs', thenMs);
  }

  const sweep = (fleet: RedisFleet, ...tasks: string[]) => fleet.sweep(undefined, tasks);

  /** A one-off task that has fired, run and been skipped. */
  async function usedTask(): Promise<{ fleet: RedisFleet; runId: string }> {
    const fleet = await fleets.connect();
    await fleet.schedules.fireStartTasks([ONE_OFF], { coldStart: true });
    const runId = await openRun(fleet, TASK);
    expect(await fleet.runs.claim({ runId: `${runId}s`, task: TASK, trigger: 'operator' })).toHaveProperty(
      'skipped',
    );
    return { fleet, runId };
  }

  it('of a task that left the config nothing stays a month after it last ran, and its history until then', async () => {
    const { fleet, runId } = await usedTask();
    await fleet.runs.finishExpansion(runId, []);
    const all = [`task:${TASK}`, `runs-of:${TASK}`, `skips-of:${TASK}`, 'tasks', 'start-tasks'];
    await age(fleet, 29);
    await sweep(fleet, 'another');
    expect(await traces(fleet)).toEqual(all);
    expect(await fleet.schedules.status([TASK])).toMatchObject([{ lastRun: { id: runId } }]);
    await age(fleet, 31);
    await sweep(fleet, TASK);
    expect(await traces(fleet)).toEqual(all);
    await sweep(fleet, 'another');
    expect(await traces(fleet)).toEqual([]);
  });

  it('a task counts as used while it is in the config of a leader, and while a run of it goes on', async () => {
    const { fleet, runId } = await usedTask();
    await age(fleet, 31);
    await sweep(fleet);
    expect(await traces(fleet)).toContain('start-tasks');
    await fleet.runs.finishExpansion(runId, []);
    await age(fleet, 31);
    // Another scheduler, whose config still has it, leads in between.
    await fleet.schedules.fireStartTasks([ONE_OFF], { coldStart: false });
    await sweep(fleet);
    expect(await traces(fleet)).toContain('start-tasks');
    expect((await fleet.schedules.fireStartTasks([ONE_OFF], { coldStart: false })).size).toBe(0);
  });

  it('tasks that never ran are forgotten, too, and their time begins where nobody knows when they left', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    await fleet.schedules.reconcile([{ task: TASK, fingerprint: 'one', everyMs: DAY_MS }]);
    await fleet.schedules.reconcile([]);
    await age(fleet, 31);
    await sweep(fleet);
    expect(await traces(fleet)).toEqual([]);
    for (const forgets of [
      () => client.zrem(keys.tasks, TASK),
      () => client.zadd(keys.tasks, Date.now() + 90 * DAY_MS, TASK),
    ]) {
      await fleet.schedules.fireStartTasks([ONE_OFF], { coldStart: true });
      await forgets();
      await sweep(fleet);
      expect(Number(await client.zscore(keys.tasks, TASK)) / DAY_MS).toBeCloseTo(Date.now() / DAY_MS, 1);
      await age(fleet, 31);
      await sweep(fleet);
      expect(await traces(fleet)).toEqual([]);
    }
  });
});
