import { HandBackError, type ScheduleSpec } from '@regfleet/fleet';
import { HOUR_MS, hourly, yearly } from '@regfleet/fleet/contract';
import { eventually } from '@regfleet/harness';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RedisFleet } from '../fleet.ts';
import { plannedJobId } from '../jobs/names.ts';
import { writeRunPayload } from '../jobs/payload.ts';
import { failure, keepingLogger, useFleets } from '../queue.fixture.ts';

describe('queue/schedules/schedules', () => {
  const fleets = useFleets();
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Collects the tasks that fire and ends their runs at once. */
  function collect(fleet: RedisFleet) {
    const fired: string[] = [];
    const consumer = fleets.runs({
      fleet,
      expand: async (ticket) => {
        fired.push(`${ticket.task} ${ticket.trigger}`);
        if (typeof (await fleet.runs.claim(ticket)) === 'string')
          await fleet.runs.finishExpansion(ticket.runId, []);
      },
    });
    return { fired, consumer };
  }

  it('fires a new interval once, and not again at a restart', async () => {
    const fleet = await fleets.connect();
    await fleet.schedules.reconcile([hourly('a')]);
    const first = collect(fleet);
    await eventually(() => first.fired.length === 1);
    await first.consumer.drain();

    const restarted = await fleets.connect();
    const second = collect(restarted);
    await restarted.schedules.reconcile([hourly('a')]);
    await restarted.schedules.fire('marker', 'operator');
    await eventually(() => second.fired.length > 0);
    expect([...first.fired, ...second.fired]).toEqual(['a schedule', 'marker operator']);
  });

  it('fires a cron that was due during downtime once, also when its definition changed', async () => {
    const fleet = await fleets.connect();
    const everySecond = (fingerprint: string): ScheduleSpec => ({
      task: 'cron',
      fingerprint,
      pattern: '* * * * * *',
    });
    await fleet.schedules.reconcile([everySecond('f1')]);
    const dueMs = (await fleet.schedules.next('cron')) ?? 0;
    await eventually(() => Date.now() > dueMs + 50);
    await fleet.schedules.reconcile([{ ...yearly('cron', 'f2') }]);
    const { fired } = collect(fleet);
    await eventually(() => fired.length === 1);
    await fleet.schedules.fire('marker', 'operator');
    await eventually(() => fired.includes('marker operator'));
    expect(fired).toEqual(['cron schedule', 'marker operator']);
  });

  it('plans a firing where clocks change by half an hour', async () => {
    const { schedules } = await fleets.connect();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-04-03T15:15:00Z') });
    const daily: ScheduleSpec = {
      task: 'a',
      fingerprint: 'f',
      pattern: '15 2 * * *',
      timezone: 'Australia/Lord_Howe',
    };
    expect(await schedules.reconcile([daily])).toMatchObject({ added: ['a'] });
    expect(await schedules.next('a')).toBe(Date.parse('2026-04-04T15:45:00Z'));
  });

  it('counts an expansion that is tried again as work, and no firing that is planned', async () => {
    const fleet = await fleets.connect();
    fleets.runs({ fleet, expand: () => Promise.reject(new HandBackError(HOUR_MS, 'later')) });
    await fleet.schedules.reconcile([yearly('planned'), { ...yearly('too'), pattern: '0 0 2 1 *' }]);
    const depths = async () => (await fleet.lanes.depths())[0];
    expect(await depths()).toMatchObject({ queue: 'runs', waiting: 0, delayed: 0 });
    await fleet.schedules.fire('another', 'operator');
    await eventually(async () => (await depths())?.delayed === 1);
    expect(await fleet.schedules.times(['planned', 'unknown'])).toEqual([
      { task: 'planned', nextAtMs: expect.any(Number), knownSinceMs: expect.any(Number) },
      { task: 'unknown' },
    ]);
  });

  it('fires a one-off task again whose job went before its run began, and none whose run has begun', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const { client, queues } = fleet.internals;
    const tasks = ['lost', 'waiting', 'begun'].map((task) => ({ task, fingerprint: '1' }));
    const first = await fleet.schedules.fireStartTasks(tasks, { coldStart: true });
    const runOf = (task: string): string => first.get(task) ?? '';
    await fleet.runs.claim({ runId: runOf('begun'), task: 'begun', trigger: 'start' });
    for (const task of ['lost', 'begun']) {
      await client.zrem(queues.runs.toKey('prioritized'), runOf(task));
      await client.del(queues.runs.toKey(runOf(task)));
    }
    const again = await fleet.schedules.fireStartTasks(tasks, { coldStart: false });
    expect([...again.keys()]).toEqual(['lost']);
    expect(lines).toEqual([expect.stringMatching(/one-off task was lost.*"task":"lost"/)]);
    expect(await fleet.schedules.fireStartTasks(tasks, { coldStart: false })).toEqual(new Map());
  });

  it('spends no attempt on a source that wants to be left alone, however long before the firing was planned', async () => {
    const fleet = await fleets.connect();
    const attempts: number[] = [];
    fleets.runs({
      fleet,
      expand: async (ticket, { attempt }) => {
        attempts.push(attempt);
        if (attempts.length < 3) throw failure('RATE_LIMITED', { side: 'source', retryAfterMs: 1 });
        await fleet.runs.claim(ticket);
        await fleet.runs.finishExpansion(ticket.runId, []);
      },
    });
    await fleet.internals.queues.runs.add('run', writeRunPayload('a', 'schedule', 'f'), {
      jobId: plannedJobId('a', Date.now()),
      timestamp: Date.now() - 30 * 24 * HOUR_MS,
      attempts: 5,
    });
    await eventually(() => attempts.length >= 3);
    expect(attempts).toEqual([1, 1, 1]);
  });

  it('aborts the expansion of a cancelled run', async () => {
    const fleet = await fleets.connect();
    const started = Promise.withResolvers<void>();
    const consumer = fleets.runs({
      fleet,
      expand: async (ticket, { signal }) => {
        await fleet.runs.claim(ticket);
        started.resolve();
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    const runId = await fleet.schedules.fire('a', 'operator');
    await started.promise;
    await fleet.runs.cancel(runId);
    await eventually(() => consumer.activeCount === 0);
    expect(await fleet.runs.wait(runId)).toMatchObject({ outcome: 'cancelled' });
    expect(await fleet.lanes.depths()).toMatchObject([
      { queue: 'runs', waiting: 0, active: 0, delayed: 0, failed: 0 },
    ]);
  });
});
