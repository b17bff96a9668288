import { type CopyJob, steadyNowMs } from '@regfleet/fleet';
import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import {
  COPIED,
  failure,
  keepingLogger,
  laneOf,
  openRun,
  order,
  orders,
  takeAWhile,
  useFleets,
} from '../queue.fixture.ts';

describe('queue/lanes/copy-consumer', () => {
  const fleets = useFleets();

  it('says once of copies alike that they are handed back since Redis does not do its part', async () => {
    const { logger, lines } = keepingLogger();
    const fleet = await fleets.connect(logger);
    const runId = await openRun(fleet);
    const copy = () => Promise.reject(failure('REDIS_UNREACHABLE'));
    fleets.copies({ fleet, copy, concurrency: 1 });
    await fleet.runs.enqueueAll(runId, orders(3));
    await eventually(async () => (await fleet.lanes.status())[0]?.delayed === 3);
    expect(lines).toEqual([expect.stringMatching(/^a copy is handed back /)]);
  });

  it('holds a lane in the whole fleet while its source says wait, and spends no attempt', async () => {
    const [one, two] = [await fleets.connect(), await fleets.connect()];
    const runId = await openRun(one);
    const attempts: number[] = [];
    let limitedUntilMs = 0;
    let early = 0;
    const copy = ({ attempt, request }: CopyJob) => {
      attempts.push(attempt);
      if (limitedUntilMs === 0 && request.source.tag === 'v0') {
        limitedUntilMs = Date.now() + 700;
        throw failure('RATE_LIMITED', { side: 'source', retryAfterMs: 700 });
      }
      // Copies that were taken before the lane was limited may still begin for a moment.
      if (Date.now() > limitedUntilMs - 400 && Date.now() < limitedUntilMs - 20) early += 1;
      return takeAWhile(one).then(() => COPIED);
    };
    fleets.copies({ fleet: one, concurrency: 1, copy });
    fleets.copies({ fleet: two, concurrency: 1, copy });
    await one.runs.enqueueAll(runId, orders(40, { attempts: 1 }));
    await one.runs.finishExpansion(runId, []);
    await eventually(async () => ((await one.lanes.status())[0]?.rateLimitedMs ?? 0) > 0);
    expect((await one.runs.wait(runId)).counts).toMatchObject({ enqueued: 40, copied: 40, failed: 0 });
    expect(early).toBe(0);
    expect(new Set(attempts)).toEqual(new Set([1]));
    expect((await one.lanes.status())[0]?.rateLimitedMs).toBeUndefined();
  });

  it('tells the first try alone that the target lacks the tag, and none that waited for long or comes after another', async () => {
    const fleet = await fleets.connect();
    const seenTarget = { head: undefined, isNewRepository: true };
    const young = { ...order('young', { attempts: 2 }), seenTarget };
    const old = { ...order('old'), seenTarget: { ...seenTarget, atMs: steadyNowMs() - 11 * 60_000 } };
    const seen: [string, number, unknown][] = [];
    const goOn = Promise.withResolvers<void>();
    fleets.copies({
      fleet,
      concurrency: 1,
      copy: async ({ request, attempt, seenTarget: told }) => {
        seen.push([request.source.tag ?? '', attempt, told]);
        if (seen.length === 1) await goOn.promise;
        if (seen.length === 1) throw failure('NETWORK_FAILED');
        return COPIED;
      },
    });
    const first = await openRun(fleet);
    await fleet.runs.enqueueAll(first, [young]);
    await eventually(() => seen.length === 1);
    const second = await openRun(fleet, 'another task');
    await fleet.runs.enqueueAll(second, [young, old]);
    goOn.resolve();
    for (const run of [first, second]) await fleet.runs.finishExpansion(run, []);
    for (const run of [first, second]) await fleet.runs.wait(run);
    expect(seen.filter(([, , told]) => told !== undefined)).toEqual([['young', 1, seenTarget]]);
    expect(seen.map(([tag]) => tag).toSorted()).toEqual(['old', 'young', 'young', 'young']);
  });

  it('delays only the job whose target says wait', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    const ended: string[] = [];
    let refusals = 0;
    fleets.copies({
      fleet,
      concurrency: 1,
      copy: ({ request, attempt }) => {
        expect(attempt).toBe(1);
        if (request.source.tag === 'v0' && refusals++ === 0) {
          throw failure('RATE_LIMITED', { side: 'target', retryAfterMs: 300 });
        }
        ended.push(request.source.tag ?? '');
        return Promise.resolve(COPIED);
      },
    });
    await fleet.runs.enqueueAll(runId, orders(4, { attempts: 1 }));
    await fleet.runs.finishExpansion(runId, []);
    expect((await fleet.runs.wait(runId)).counts).toMatchObject({ copied: 4 });
    expect(ended).toEqual(['v1', 'v2', 'v3', 'v0']);
  });

  it('keeps the limit of a source over two consumers', async () => {
    const [one, two] = [await fleets.connect(), await fleets.connect()];
    const runId = await openRun(one);
    const atOnce = { now: 0, most: 0 };
    const copy = async () => {
      atOnce.now += 1;
      atOnce.most = Math.max(atOnce.most, atOnce.now);
      await takeAWhile(one);
      atOnce.now -= 1;
      return COPIED;
    };
    const limitsOf = () => ({ source: 2 });
    fleets.copies({ fleet: one, copy, limitsOf });
    fleets.copies({ fleet: two, copy, limitsOf });
    await one.runs.enqueueAll(runId, orders(30));
    await one.runs.finishExpansion(runId, []);
    expect((await one.runs.wait(runId)).counts.copied).toBe(30);
    expect(atOnce.most).toBe(2);
  });

  it('hands back a job that finds no slot, to a process that has one', async () => {
    const [busy, idle] = [await fleets.connect(), await fleets.connect()];
    const runId = await openRun(busy);
    const blocked = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    fleets.copies({
      fleet: busy,
      concurrency: 1,
      roomWaitMs: 50,
      copy: async ({ lane }) => {
        if (lane !== laneOf({ registry: 'long.test' })) throw failure('INTERNAL');
        started.resolve();
        await blocked.promise;
        return COPIED;
      },
    });
    await busy.runs.enqueueAll(runId, orders(1, { registry: 'long.test' }));
    await started.promise;
    await busy.runs.enqueueAll(
      runId,
      orders(1, { registry: 'short.test', target: 'other.test', attempts: 1 }),
    );
    await eventually(async () =>
      (await busy.lanes.status()).some(({ source, active }) => source === 'short.test' && active === 1),
    );
    fleets.copies({ fleet: idle });
    await eventually(async () => (await busy.runs.get(runId))?.counts.copied === 1);
    blocked.resolve();
    await busy.runs.finishExpansion(runId, []);
    expect((await busy.runs.wait(runId)).counts).toMatchObject({ copied: 2, failed: 0 });
  });

  it('pauses and resumes a lane', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    const lane = laneOf();
    await fleet.lanes.pause(lane);
    fleets.copies({ fleet });
    await fleet.runs.enqueueAll(runId, orders(2));
    await fleet.runs.finishExpansion(runId, []);
    expect(await fleet.lanes.status()).toMatchObject([{ paused: true, waiting: 2, active: 0 }]);
    await fleet.lanes.resume(lane);
    expect((await fleet.runs.wait(runId)).counts.copied).toBe(2);
  });

  it('fails a payload that no release wrote, and hands back one of a later release', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    const lane = laneOf();
    await fleet.lanes.pause(lane);
    await fleet.runs.enqueueAll(runId, orders(2, { attempts: 1 }));
    await fleet.runs.finishExpansion(runId, []);
    const queue = fleet.internals.queues.get(lane);
    const [broken, later] = await queue.getPrioritized(0, 1);
    await broken?.updateData({ v: 1, nonsense: true });
    await later?.updateData({ ...later.data, v: 2 });
    fleets.copies({ fleet });
    await fleet.lanes.resume(lane);
    await eventually(async () => (await fleet.runs.get(runId))?.counts.failed === 1);
    await eventually(async () => (await fleet.lanes.status())[0]?.delayed === 1);
    expect((await fleet.runs.get(runId))?.errors).toMatchObject([{ code: 'JOB_INVALID' }]);
  });
});
