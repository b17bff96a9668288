import type { LaneJob, LaneJobState } from '@regfleet/fleet';
import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import type { RedisFleet } from '../fleet.ts';
import { COPIED, failure, keepingLogger, laneOf, order, orders, useFleets } from '../queue.fixture.ts';

const OTHER = { registry: 'other.test', repository: 'mirror/other' };

const tagsOf = (jobs: readonly LaneJob[]): (string | undefined)[] =>
  jobs.map(({ request: { source } }) => source.tag);

const listed = (
  fleet: RedisFleet,
  states: readonly LaneJobState[],
  rest: { limit?: number; isWanted?: (job: LaneJob) => boolean } = {},
): Promise<LaneJob[]> => fleet.lanes.jobs({ states, limit: 100, ...rest });

describe('queue/lanes/lane-jobs', () => {
  const fleets = useFleets();

  it('tells of the jobs that failed, of all lanes, the newest first, each with its last error', async () => {
    const fleet = await fleets.connect();
    fleets.copies({
      fleet,
      copy: async ({ request: { source } }) => {
        throw source.registry === OTHER.registry
          ? failure('DENIED', { message: 'no\u001b[2J' })
          : failure('SERVER_FAILED');
      },
    });
    const runs = [];
    for (const wanted of [
      order('one', { attempts: 2 }),
      order('two', OTHER),
      order('three', { attempts: 1 }),
    ]) {
      const runId = await fleet.copyOnce(wanted);
      runs.push(runId);
      await fleet.runs.wait(runId);
      await eventually(async () => (await listed(fleet, ['failed'])).length === runs.length);
    }
    const jobs = await listed(fleet, ['failed']);
    expect(tagsOf(jobs)).toEqual(['three', 'two', 'one']);
    expect(jobs[2]).toEqual({
      jobId: expect.stringMatching(new RegExp(`^${runs[0]}\\.`)),
      runId: runs[0],
      lane: laneOf(),
      state: 'failed',
      request: order('one').request,
      attempts: 2,
      queuedAtMs: expect.any(Number),
      failedAtMs: expect.any(Number),
      error: { code: 'SERVER_FAILED', kind: 'retryable', message: 'a failure of the test' },
    });
    expect(tagsOf(await listed(fleet, ['failed'], { limit: 2 }))).toEqual(['three', 'two']);
    const denied = await listed(fleet, ['failed'], {
      limit: 1,
      isWanted: ({ error }) => error?.code === 'DENIED',
    });
    expect(tagsOf(denied)).toEqual(['two']);
  });

  it('tells of what is under way, waits, and waits for another try', async () => {
    const fleet = await fleets.connect();
    const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    fleets.copies({
      fleet,
      concurrency: 1,
      copy: async ({ request: { source } }) => {
        if (source.tag === 'again') throw failure('SERVER_FAILED', { retryAfterMs: 3_600_000 });
        begun.resolve();
        await end.promise;
        return COPIED;
      },
    });
    const again = await fleet.copyOnce({ ...order('again'), maxBackoffMs: 3_600_000 });
    await eventually(async () => (await listed(fleet, ['delayed'])).length === 1);
    await fleet.copyOnce(order('active'));
    await begun.promise;
    fleets.onCleanUp(async () => end.resolve());
    for (const wanted of orders(3)) await fleet.copyOnce(wanted);
    const jobs = await listed(fleet, ['active', 'waiting', 'delayed']);
    expect(jobs.map(({ state, request: { source } }) => `${state} ${source.tag}`)).toEqual([
      'active active',
      ...['v0', 'v1', 'v2'].map((tag) => `waiting ${tag}`),
      'delayed again',
    ]);
    expect(jobs[0]).toMatchObject({ takenAtMs: expect.any(Number), attempts: 0 });
    const delayed = jobs.at(-1);
    expect(delayed).toMatchObject({ runId: again, attempts: 1, error: { code: 'SERVER_FAILED' } });
    expect((delayed?.dueAtMs ?? 0) - Date.now()).toBeGreaterThan(3_000_000);
  });

  it('leaves out what is no job of ours, however large, and tells of it', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const { client, keys } = fleet.internals;
    const base = `${keys.root}${laneOf()}:`;
    fleets.copies({ fleet, copy: () => Promise.reject(failure('DENIED')) });
    await fleet.runs.wait(await fleet.copyOnce(order('ours')));
    await eventually(async () => (await listed(fleet, ['failed'])).length === 1);
    await client.hset(`${base}large`, 'timestamp', 1, 'data', `{"v":1,"from":"${'x'.repeat(1_000_000)}"}`);
    await client.set(`${base}string`, 'x');
    await client.zadd(`${base}failed`, 1, 'gone', 2, 'large', 3, 'string', 4, 'y'.repeat(100_000));
    await client.set(`${base}delayed`, 'no set');
    expect(tagsOf(await listed(fleet, ['failed', 'delayed']))).toEqual(['ours']);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('').length).toBeLessThan(5_000);
  });
});
