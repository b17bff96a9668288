import type { CopyJob, CopyOrder } from '@regfleet/fleet';
import { eventually } from '@regfleet/harness';
import type { CopyResult } from '@regfleet/model';
import { describe, expect, it, vi } from 'vitest';
import type { RedisFleet } from '../fleet.ts';
import { COPIED, failure, openRun, order, useFleets } from '../queue.fixture.ts';

const LANE = 'copy.direct.source.test_5000_to_target.test';
const NONE = { enqueued: 0, copied: 0, unchanged: 0, failed: 0, skipped: 0 };
const MOVING = order('moving');

/** Copies that go on until the test ends them, in the order in which they began. */
function heldCopies() {
  const begun: (CopyJob & { end(error?: Error): void })[] = [];
  const copy = (job: CopyJob, { signal }: { signal: AbortSignal }): Promise<CopyResult> =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      begun.push({ ...job, end: (error) => (error === undefined ? resolve(COPIED) : reject(error)) });
    });
  const nth = async (number: number) => {
    await eventually(() => begun.length >= number);
    const found = begun[number - 1];
    if (found === undefined) throw new Error(`copy ${number} has not begun`);
    return found;
  };
  return { begun, copy, nth };
}

/** Asks for one image. @returns the run. */
async function ask(fleet: RedisFleet, wanted: CopyOrder = MOVING): Promise<string> {
  return fleet.copyOnce(wanted);
}

describe('queue/runs/followers', () => {
  const fleets = useFleets();

  it('answers whoever asked between two tries with the second, and lets them have one of their own who asked during the first', async () => {
    const fleet = await fleets.connect();
    const held = heldCopies();
    fleets.copies({ fleet, copy: held.copy });
    const first = await ask(fleet);
    const firstTry = await held.nth(1);
    const own = await ask(fleet);
    await fleet.lanes.pause(LANE);
    firstTry.end(failure('SERVER_FAILED'));
    await eventually(async () => (await fleet.lanes.status())[0]?.active === 0);
    const between = await ask(fleet);
    await fleet.lanes.resume(LANE);
    (await held.nth(2)).end();
    expect(await fleet.runs.wait(first)).toMatchObject({ outcome: 'succeeded' });
    expect(await fleet.runs.wait(between)).toMatchObject({ outcome: 'succeeded', counts: { skipped: 1 } });
    const ofItsOwn = await held.nth(3);
    expect(ofItsOwn.runId).toBe(own);
    ofItsOwn.end();
    expect(await fleet.runs.wait(own)).toMatchObject({ outcome: 'succeeded', counts: { copied: 1 } });
  });

  it('says at once what is left to others, and counts a repeated expansion once', async () => {
    const fleet = await fleets.connect();
    const held = heldCopies();
    const first = await openRun(fleet, 'one');
    await fleet.runs.enqueueAll(first, [order('a')]);
    const second = await openRun(fleet, 'two');
    for (let time = 0; time < 2; time++) {
      const report = await fleet.runs.enqueueAll(second, [order('a'), order('b')]);
      expect(report).toEqual({ enqueued: 1, skipped: 1 });
    }
    for (const runId of [first, second]) await fleet.runs.finishExpansion(runId, []);
    fleets.copies({ fleet, copy: held.copy });
    for (const number of [1, 2]) (await held.nth(number)).end();
    expect((await fleet.runs.wait(second)).counts).toMatchObject({
      ...NONE,
      enqueued: 1,
      copied: 1,
      skipped: 1,
    });
    expect(held.begun).toHaveLength(2);
  });

  it('fails in the sweep what follows a job that is gone, and nothing that is still cared for', async () => {
    const fleet = await fleets.connect();
    const held = heldCopies();
    const waiting = [await ask(fleet), await ask(fleet)];
    expect(await fleet.sweep()).toMatchObject({ settledJobs: 0 });
    await fleet.internals.queues.get(LANE).obliterate();
    expect(await fleet.sweep()).toMatchObject({ settledJobs: 2 });
    for (const runId of waiting)
      expect(await fleet.runs.wait(runId)).toMatchObject({
        outcome: 'failed',
        errors: [{ code: 'JOB_LOST' }],
      });
    fleets.copies({ fleet, copy: held.copy });
    await ask(fleet);
    const running = await held.nth(1);
    const kept = [await ask(fleet), await ask(fleet)];
    expect(await fleet.sweep()).toMatchObject({ settledJobs: 0 });
    running.end();
    (await held.nth(2)).end();
    for (const runId of kept) expect((await fleet.runs.wait(runId)).outcome).toBe('succeeded');
  });

  it('fails in the sweep no copy that begins while the sweep looks at the one before it', async () => {
    const fleet = await fleets.connect();
    const held = heldCopies();
    fleets.copies({ fleet, copy: held.copy });
    await ask(fleet);
    const running = await held.nth(1);
    const kept = await ask(fleet);
    const queue = fleet.internals.queues.get(LANE);
    const holderOf = queue.getDeduplicationJobId.bind(queue);
    vi.spyOn(queue, 'getDeduplicationJobId').mockImplementationOnce(async (target) => {
      const holder = await holderOf(target);
      running.end();
      await held.nth(2);
      return holder;
    });
    expect(await fleet.sweep()).toMatchObject({ settledJobs: 0 });
    (await held.nth(2)).end();
    expect(await fleet.runs.wait(kept)).toMatchObject({ outcome: 'succeeded', counts: { copied: 1 } });
  });

  it('keeps nothing of followers in Redis once all is done', async () => {
    const fleet = await fleets.connect();
    const held = heldCopies();
    fleets.copies({ fleet, copy: held.copy });
    const runs = [await ask(fleet)];
    const running = await held.nth(1);
    for (let count = 0; count < 3; count++) runs.push(await ask(fleet));
    running.end();
    (await held.nth(2)).end();
    for (const runId of runs) await fleet.runs.wait(runId);
    const { client, keys } = fleet.internals;
    expect(await client.keys(`${keys.root}followers*`)).toEqual([]);
  });
});
