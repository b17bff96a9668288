import type { ScheduleSpec } from '@regfleet/fleet';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RedisFleet } from '../fleet.ts';
import { plannedJobId, runIdOfJob } from '../jobs/names.ts';
import { keepingLogger, useFleets } from '../queue.fixture.ts';

const HOUR_MS = 3_600_000;
const MONTH_MS = 30 * 24 * HOUR_MS;
const HOURLY: ScheduleSpec = { task: 'hourly', fingerprint: 'f', everyMs: HOUR_MS };
const YEARLY: ScheduleSpec = { task: 'yearly', fingerprint: 'f', pattern: '0 0 1 1 *' };
const EVERY_HOUR: ScheduleSpec = { task: 'every hour', fingerprint: 'f', pattern: '0 * * * *' };
const NONE = { added: [], changed: [], removed: [], repaired: [], failed: [] };

/** Redis' keys of the next job of a schedule. */
async function nextJob(fleet: RedisFleet, task: string) {
  const { queues } = fleet.internals;
  const nextMs = (await fleet.schedules.next(task)) ?? 0;
  const id = plannedJobId(task, nextMs);
  const key = (name: string): string => queues.runs.toKey(name);
  return {
    id,
    nextMs,
    hash: key(id),
    delayed: key('delayed'),
    completed: key('completed'),
    repeat: key('repeat'),
  };
}

const WOUNDS: readonly {
  readonly wound: string;
  readonly reason: string;
  inflict(fleet: RedisFleet, task: string): Promise<unknown>;
}[] = [
  {
    wound: 'was removed',
    reason: 'its next job was gone',
    async inflict(fleet, task) {
      const { id, hash, delayed } = await nextJob(fleet, task);
      await fleet.internals.client.multi().del(hash).zrem(delayed, id).exec();
    },
  },
  {
    wound: 'was evicted and left its id behind',
    reason: 'its next job was gone',
    async inflict(fleet, task) {
      await fleet.internals.client.del((await nextJob(fleet, task)).hash);
    },
  },
  {
    wound: 'is in no state',
    reason: 'its job had ended (unknown) and none followed',
    async inflict(fleet, task) {
      const { id, delayed } = await nextJob(fleet, task);
      await fleet.internals.client.zrem(delayed, id);
    },
  },
  {
    wound: 'ended without a further one',
    reason: 'its job had ended (completed) and none followed',
    async inflict(fleet, task) {
      const { id, delayed, completed } = await nextJob(fleet, task);
      await fleet.internals.client.multi().zrem(delayed, id).zadd(completed, Date.now(), id).exec();
    },
  },
  {
    wound: 'was put off by a year',
    reason: 'its next firing lay too far ahead',
    async inflict(fleet, task) {
      const { id, delayed } = await nextJob(fleet, task);
      await fleet.internals.client.zincrby(delayed, 12 * MONTH_MS * 0x1000, id);
    },
  },
];

describe('queue/schedules/schedule-health', () => {
  const fleets = useFleets();
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Waits until nothing but planned firings is left: the first one of an interval is due at once. */
  async function settledFleet(specs: readonly ScheduleSpec[]) {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const fired: string[] = [];
    fleets.runs({ fleet, expand: ({ task }) => Promise.resolve(void fired.push(task)) });
    await fleet.schedules.reconcile(specs);
    const intervals = specs.filter((spec) => 'everyMs' in spec);
    await expect.poll(() => fired.length).toBe(intervals.length);
    return { fleet, lines, fired };
  }

  it.each(WOUNDS)('sets a schedule again whose next job $wound, and says so', async ({ reason, inflict }) => {
    const { fleet, lines, fired } = await settledFleet([HOURLY, YEARLY]);
    const before = {
      hourly: await fleet.schedules.next('hourly'),
      yearly: await fleet.schedules.next('yearly'),
    };
    expect(await fleet.schedules.reconcile([HOURLY, YEARLY])).toEqual(NONE);
    await inflict(fleet, 'hourly');
    await inflict(fleet, 'yearly');
    expect(await fleet.schedules.reconcile([HOURLY, YEARLY])).toEqual({
      ...NONE,
      repaired: ['hourly', 'yearly'],
    });
    for (const [task, nextAtMs] of Object.entries(before)) {
      const told = lines.filter((line) => line.includes(`"task":"${task}"`));
      expect(told).toEqual([expect.stringContaining(`a schedule was dead and has been set again`)]);
      expect(told[0]).toContain(`"was":"${reason}`);
      expect(told[0]).toContain(`"nextAtMs":${nextAtMs}`);
    }
    await expect.poll(() => fired).toEqual(['hourly', 'hourly']);
    expect(await fleet.schedules.next('yearly')).toBe(before.yearly);
    await expect.poll(() => fleet.schedules.reconcile([HOURLY, YEARLY])).toEqual(NONE);
  });

  it('sets again what Redis has lost altogether, says so, and fires the task that was due', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const { client, keys } = fleet.internals;
    const specs: ScheduleSpec[] = [{ task: 'due', fingerprint: 'f', pattern: '* * * * * *' }, YEARLY];
    await fleet.schedules.reconcile(specs);
    expect(await fleet.schedules.reconcile(specs)).toEqual(NONE);
    const dueMs = (await fleet.schedules.next('due')) ?? 0;
    await expect.poll(() => Date.now()).toBeGreaterThanOrEqual(dueMs);
    await client.del(...(await client.keys(`${keys.root}*`)));
    expect(await fleet.schedules.reconcile(specs)).toEqual({ ...NONE, repaired: ['due', 'yearly'] });
    expect(await fleet.runs.queued()).toEqual([expect.objectContaining({ task: 'due' })]);
    for (const task of ['due', 'yearly'])
      expect(lines).toContainEqual(expect.stringMatching(`"task":"${task}","was":"it was gone from Redis"`));
    expect(await fleet.schedules.reconcile([YEARLY])).toMatchObject({ removed: ['due'] });
    expect(await fleet.schedules.reconcile(specs)).toEqual({ ...NONE, added: ['due'] });
  });

  it('brings back a schedule that was set while the clock was a month ahead', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + MONTH_MS });
    await fleet.schedules.reconcile([HOURLY, EVERY_HOUR]);
    expect(lines).toEqual([expect.stringMatching(/"redisIsAheadMs":-259[12]/)]);
    vi.useRealTimers();
    expect(await fleet.schedules.reconcile([HOURLY, EVERY_HOUR])).toEqual({
      ...NONE,
      repaired: ['hourly', 'every hour'],
    });
    for (const task of ['hourly', 'every hour'])
      expect(await fleet.schedules.next(task)).toBeLessThanOrEqual(Date.now() + HOUR_MS);
  });

  it('leaves a schedule alone that was set by a clock a little ahead', async () => {
    const fleet = await fleets.connect();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
    await fleet.schedules.reconcile([HOURLY, EVERY_HOUR]);
    vi.useRealTimers();
    expect(await fleet.schedules.reconcile([HOURLY, EVERY_HOUR])).toEqual(NONE);
  });

  it('repairs no schedule by a clock that differs from that of Redis, and says so once while it does', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    await fleet.schedules.reconcile([EVERY_HOUR]);
    for (let time = 0; time < 2; time++) {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - MONTH_MS });
      for (let look = 0; look < 2; look++)
        expect(await fleet.schedules.reconcile([EVERY_HOUR])).toEqual(NONE);
      vi.useRealTimers();
      expect(await fleet.schedules.reconcile([EVERY_HOUR])).toEqual(NONE);
    }
    expect(lines).toHaveLength(2);
  });

  it('plans a cron firing although an ended job has its id', async () => {
    const { fleet } = await settledFleet([EVERY_HOUR]);
    const { id, delayed, completed, repeat, nextMs } = await nextJob(fleet, 'every hour');
    const { client } = fleet.internals;
    await client.multi().zrem(delayed, id).zadd(completed, Date.now(), id).exec();
    await client.zadd(repeat, nextMs - HOUR_MS, 'every hour');
    expect(await fleet.schedules.reconcile([EVERY_HOUR])).toEqual({ ...NONE, repaired: ['every hour'] });
    expect(await fleet.schedules.next('every hour')).toBeGreaterThan(Date.now());
    await expect.poll(() => fleet.schedules.reconcile([EVERY_HOUR])).toEqual(NONE);
  });

  it('fires a cron at once whose due job was lost, unless its run had begun', async () => {
    const { fleet, fired } = await settledFleet([YEARLY]);
    const { client, queues } = fleet.internals;
    const lose = async (): Promise<string> => {
      const { id, hash, delayed, repeat } = await nextJob(fleet, 'yearly');
      const dueMs = Date.now() - HOUR_MS;
      await client.multi().del(hash).zrem(delayed, id).zadd(repeat, dueMs, 'yearly').exec();
      return plannedJobId('yearly', dueMs);
    };
    await lose();
    await fleet.schedules.reconcile([YEARLY]);
    await expect.poll(() => fired).toEqual(['yearly']);
    const jobId = await lose();
    await fleet.runs.claim({ runId: runIdOfJob(jobId), task: 'yearly', trigger: 'schedule' });
    expect(await fleet.schedules.reconcile([YEARLY])).toMatchObject({ repaired: ['yearly'] });
    expect(await queues.runs.getJobCountByTypes('waiting', 'prioritized', 'active')).toBe(0);
    expect(fired).toEqual(['yearly']);
  });
});
