import { LONGEST_WAIT_MS } from '@regfleet/model';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { COPIED, digest, failure, openRun, order, useFleets } from '../queue.fixture.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MONTH_MS = 30 * DAY_MS;
const LANE = 'copy.direct.source.test_5000_to_target.test';

const putClockAhead = (): unknown => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + MONTH_MS });

describe('queue/leader/times-to-come', () => {
  const fleets = useFleets();
  afterEach(() => {
    vi.useRealTimers();
  });

  it('runs a task again although its last run ended a month ahead, and takes the times back', async () => {
    const fleet = await fleets.connect();
    putClockAhead();
    await fleet.runs.finishExpansion(await openRun(fleet), []);
    vi.useRealTimers();
    const next = { runId: 'next', task: 'a task', trigger: 'schedule' } as const;
    expect(await fleet.runs.claim(next, { minimumPauseMs: 2 * MONTH_MS })).toBe('started');
    expect(await fleet.sweep()).toMatchObject({ mendedTimes: 2 });
    const [status] = await fleet.schedules.status(['a task']);
    expect(status?.lastSuccessAtMs).toBeLessThanOrEqual(Date.now());
    expect(await fleet.sweep()).toMatchObject({ mendedTimes: 0 });
  });

  it('ends a run that was begun a month ahead by a process that died', async () => {
    const fleet = await fleets.connect();
    putClockAhead();
    const runId = await openRun(fleet);
    vi.useRealTimers();
    expect(await fleet.sweep()).toMatchObject({ settledRuns: 1 });
    expect(await fleet.runs.get(runId)).toMatchObject({ outcome: 'failed', errors: [{ code: 'JOB_LOST' }] });
    expect(await fleet.runs.claim({ runId: 'next', task: 'a task', trigger: 'schedule' })).toBe('started');
  });

  it('copies an image that was to be tried again a month ahead', async () => {
    const fleet = await fleets.connect();
    const [runId, tries] = [await openRun(fleet), { count: 0 }];
    fleets.copies({
      fleet,
      copy: () => {
        tries.count += 1;
        if (tries.count > 1) return Promise.resolve(COPIED);
        putClockAhead();
        return Promise.reject(failure('NETWORK_FAILED'));
      },
    });
    await fleet.runs.enqueueAll(runId, [
      { ...order('v1'), backoffMs: DAY_MS / 24, maxBackoffMs: DAY_MS / 24 },
    ]);
    await fleet.runs.finishExpansion(runId, []);
    await expect.poll(async () => (await fleet.lanes.status())[0]?.delayed).toBe(1);
    vi.useRealTimers();
    expect(await fleet.sweep()).toMatchObject({ mendedTimes: 1 });
    expect(await fleet.runs.wait(runId)).toMatchObject({ outcome: 'succeeded', counts: { copied: 1 } });
  });

  it('leaves firings that are planned for next year, and waits that the config allows', async () => {
    const fleet = await fleets.connect();
    const { queues } = fleet.internals;
    await fleet.schedules.reconcile([{ task: 'yearly', fingerprint: 'f', pattern: '0 0 1 1 *' }]);
    const patient = { ...order('v1'), attempts: 2, backoffMs: 2 * DAY_MS, maxBackoffMs: 2 * DAY_MS };
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, [patient]);
    const [job] = await queues.get(LANE).getJobs(['waiting', 'prioritized']);
    await fleet.internals.client.zrem(queues.get(LANE).toKey('prioritized'), job?.id ?? '');
    await fleet.internals.client.zadd(
      queues.get(LANE).toKey('delayed'),
      (Date.now() + DAY_MS) * 0x1000,
      job?.id ?? '',
    );
    expect(await fleet.sweep()).toMatchObject({ mendedTimes: 0 });
  });

  it('ends a rate limit that no registry may ask for, and leaves one that it may', async () => {
    const fleet = await fleets.connect();
    const { queues } = fleet.internals;
    await openRun(fleet);
    await fleet.runs.enqueueAll(await openRun(fleet, 'another'), [order('v1')]);
    await queues.get(LANE).rateLimit(LONGEST_WAIT_MS);
    expect(await fleet.sweep()).toMatchObject({ mendedTimes: 0 });
    await queues.get(LANE).rateLimit(MONTH_MS);
    expect(await fleet.sweep()).toMatchObject({ mendedTimes: 1 });
    expect((await fleet.lanes.status())[0]).not.toHaveProperty('rateLimitedMs');
  });

  it('gives up the lock of a job that outlasts any worker', async () => {
    const fleet = await fleets.connect();
    const { client, queues } = fleet.internals;
    await client.lpush(queues.runs.toKey('active'), 'job');
    await client.set(`${queues.runs.toKey('job')}:lock`, 'token', 'PX', MONTH_MS);
    expect(await fleet.sweep()).toMatchObject({ mendedTimes: 1 });
    expect(await client.pttl(`${queues.runs.toKey('job')}:lock`)).toBeLessThanOrEqual(60_000);
  });

  it('forgets a sync record of a time to come', async () => {
    const fleet = await fleets.connect();
    const record = { relay: 'direct', sourceDigest: digest('a'), targetDigest: digest('a') } as const;
    const key = (target: string) => ({ target, platform: '' });
    await fleet.records.set(key('ahead'), { ...record, syncedAtMs: Date.now() + MONTH_MS });
    await fleet.records.set(key('now'), { ...record, syncedAtMs: Date.now() });
    await fleet.sweep();
    expect(await fleet.records.get(key('ahead'))).toBeUndefined();
    expect(await fleet.records.get(key('now'))).toBeDefined();
  });

  it('takes nothing back by a clock that differs from that of Redis', async () => {
    const fleet = await fleets.connect();
    await fleet.runs.finishExpansion(await openRun(fleet), []);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - MONTH_MS });
    expect(await fleet.sweep()).toMatchObject({ mendedTimes: 0 });
  });
});
