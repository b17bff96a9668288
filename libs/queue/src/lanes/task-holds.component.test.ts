import type { CopyJob, NewHold } from '@regfleet/fleet';
import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { COPIED, laneOf, openRun, order, orders, useFleets } from '../queue.fixture.ts';

const scope = { kind: 'task', task: 'a task' } as const;
const hold: NewHold = { scope, cause: 'operator', reason: 'the disk is nearly full' };
const MANY = 300;

describe('queue/lanes/task-holds', () => {
  const fleets = useFleets();

  it('takes each copy of a held task once, lets others pass, and has all of them begun when it is resumed', async () => {
    const [one, two] = [await fleets.connect(), await fleets.connect()];
    await one.holds.place(hold);
    const copied: (string | undefined)[] = [];
    const copy = async ({ request }: CopyJob) => {
      copied.push(request.task);
      return COPIED;
    };
    for (const fleet of [one, two]) fleets.copies({ fleet, copy });
    const runId = await openRun(one);
    await one.runs.enqueueAll(runId, orders(MANY));
    await one.runs.finishExpansion(runId, []);
    const other = order('other', { repository: 'mirror/other' });
    const passing = await one.copyOnce({ ...other, request: { ...other.request, task: 'another' } });
    await one.runs.wait(passing);
    const queue = one.internals.queues.get(laneOf());
    await eventually(async () => (await queue.getDelayedCount()) === MANY, { deadlineMs: 20_000 });
    expect(copied).toEqual(['another']);
    const waiting = await queue.getDelayed(0, MANY);
    // Nobody takes them again for minutes: there is no circle of thousands.
    expect(Math.min(...waiting.map(({ delay }) => delay))).toBeGreaterThan(60_000);
    expect(Math.max(...waiting.map(({ attemptsStarted }) => attemptsStarted))).toBe(1);
    expect(Math.max(...waiting.map(({ attemptsMade }) => attemptsMade))).toBe(0);
    await two.holds.lift(scope, 'operator');
    const run = await one.runs.wait(runId, { signal: AbortSignal.timeout(15_000) });
    expect(run.counts).toMatchObject({ copied: MANY, failed: 0 });
    expect(await one.internals.client.exists(one.internals.keys.parked('a task'))).toBe(0);
  });

  it('has them begun when the time of the hold is over', async () => {
    const fleet = await fleets.connect();
    await fleet.holds.place({ ...hold, forMs: 1_500 });
    fleets.copies({ fleet });
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(5));
    await fleet.runs.finishExpansion(runId, []);
    const queue = fleet.internals.queues.get(laneOf());
    await eventually(async () => (await queue.getDelayedCount()) === 5);
    const run = await fleet.runs.wait(runId, { signal: AbortSignal.timeout(10_000) });
    expect(run.counts.copied).toBe(5);
  });

  it('takes copies of a held task out with their run', async () => {
    const fleet = await fleets.connect();
    await fleet.holds.place(hold);
    fleets.copies({ fleet });
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(5));
    const queue = fleet.internals.queues.get(laneOf());
    await eventually(async () => (await queue.getDelayedCount()) === 5);
    expect(await fleet.runs.cancel(runId)).toBe(true);
    expect(await queue.getDelayedCount()).toBe(0);
  });

  it('spends no attempt of a copy that cannot be noted, since others wrote there', async () => {
    const fleet = await fleets.connect();
    const { client, keys, queues } = fleet.internals;
    await client.set(keys.parked('a task'), 'x');
    await fleet.holds.place(hold);
    fleets.copies({ fleet });
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(2));
    await fleet.runs.finishExpansion(runId, []);
    const queue = queues.get(laneOf());
    await eventually(async () => (await queue.getDelayedCount()) === 2);
    const waiting = await queue.getDelayed(0, 2);
    expect(waiting.map(({ attemptsMade }) => attemptsMade)).toEqual([0, 0]);
    await fleet.holds.lift(scope, 'operator');
    const run = await fleet.runs.wait(runId, { signal: AbortSignal.timeout(15_000) });
    expect(run.counts).toMatchObject({ copied: 2, failed: 0 });
  });

  it('reads past what others wrote among them', async () => {
    const fleet = await fleets.connect();
    const { client, keys } = fleet.internals;
    await client.sadd(
      keys.parked('a task'),
      'x',
      'no-lane y',
      `${laneOf()} nobody`,
      ` ${'x'.repeat(10_000)}`,
    );
    await fleet.holds.place(hold);
    expect(await fleet.holds.lift(scope, 'operator')).toBe(true);
    await client.set(keys.parked('a task'), 'x');
    await fleet.holds.place(hold);
    expect(await fleet.holds.lift(scope, 'operator')).toBe(true);
  });
});
