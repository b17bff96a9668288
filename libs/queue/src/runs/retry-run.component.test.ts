import type { CopyJob } from '@regfleet/fleet';
import { describe, expect, it } from 'vitest';
import type { RedisFleet } from '../fleet.ts';
import { COPIED, failure, openRun, order, orders, useFleets } from '../queue.fixture.ts';

const RETRIES = { attempts: 2, backoffMs: 5, maxBackoffMs: 10 };
const options = { retries: () => RETRIES };

describe('queue/runs/retry-run', () => {
  const fleets = useFleets();

  /** A run whose images fail as their tags say, in a worker that copies all of them the next time. */
  async function failedRun(tags: readonly string[]) {
    const fleet = await fleets.connect();
    const taken: CopyJob[] = [];
    let isMended = false;
    const copy = async (job: CopyJob) => {
      taken.push(job);
      if (isMended || job.request.source.tag === 'fine') return COPIED;
      throw failure(job.request.source.tag?.startsWith('denied') ? 'DENIED' : 'MANIFEST_UNKNOWN');
    };
    fleets.copies({ fleet, copy });
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(
      runId,
      tags.map((tag) => order(tag)),
    );
    await fleet.runs.finishExpansion(runId, []);
    const run = await fleet.runs.wait(runId);
    taken.length = 0;
    isMended = true;
    return { fleet, run, taken };
  }

  const task = async (fleet: RedisFleet) => (await fleet.schedules.status(['a task']))[0];

  it('copies what failed once more, whatever the tag names by now, and leaves the task alone', async () => {
    const { fleet, run, taken } = await failedRun(['fine', 'denied', 'gone']);
    const before = await task(fleet);
    // While the task runs: it is kept from that as little as it keeps the retry.
    const going = await openRun(fleet);
    const report = await fleet.retryRun(run.id, options);
    expect(report).toMatchObject({ images: 2, forgotten: 0 });
    expect(await fleet.runs.wait(report.runId)).toMatchObject({
      task: 'a task',
      trigger: 'operator',
      retryOf: run.id,
      outcome: 'succeeded',
      counts: { selected: 2, enqueued: 2, copied: 2 },
    });
    expect(
      taken.map(({ request }) => [request.source.tag, request.task, request.sourceDigest]).sort(),
    ).toEqual([
      ['denied', 'a task', undefined],
      ['gone', 'a task', undefined],
    ]);
    expect(await task(fleet)).toMatchObject({ activeRunId: going });
    expect((await task(fleet))?.lastSuccessAtMs).toBe(before?.lastSuccessAtMs);
    expect((await fleet.runs.list({ task: 'a task', limit: 5 })).map(({ id }) => id)).toContain(report.runId);
  });

  it('copies what failed with one code', async () => {
    const { fleet, run, taken } = await failedRun(['denied-1', 'gone', 'denied-2']);
    const { images, runId } = await fleet.retryRun(run.id, { ...options, code: 'DENIED' });
    expect(images).toBe(2);
    await fleet.runs.wait(runId);
    expect(taken.map(({ request }) => request.source.tag).sort()).toEqual(['denied-1', 'denied-2']);
    const none = fleet.retryRun(run.id, { ...options, code: 'UNAUTHORIZED' });
    await expect(none).rejects.toMatchObject({
      code: 'NOTHING_TO_RETRY',
      hint: expect.stringContaining('DENIED'),
    });
  });

  it('copies more than one call hands over', async () => {
    const { fleet, run } = await failedRun(orders(510).flatMap(({ request }) => request.source.tag ?? []));
    const { images, runId } = await fleet.retryRun(run.id, options);
    expect(images).toBe(510);
    expect((await fleet.runs.wait(runId)).counts).toMatchObject({ enqueued: 510, copied: 510 });
  });

  it('says why there is nothing to be tried again', async () => {
    const fleet = await fleets.connect();
    const refusal = (runId: string) => fleet.retryRun(runId, options).catch((error: unknown) => error);
    expect(await refusal('nobody')).toMatchObject({ code: 'RUN_UNKNOWN' });
    const going = await openRun(fleet);
    expect(await refusal(going)).toMatchObject({ code: 'RUN_UNDER_WAY' });
    await fleet.runs.finishExpansion(going, [failure('NETWORK_FAILED')]);
    expect(await refusal(going)).toMatchObject({
      code: 'NOTHING_TO_RETRY',
      message: expect.stringContaining('NETWORK_FAILED'),
      hint: expect.stringContaining('regfleet enqueue a task'),
    });
    const { run } = await failedRun(['denied', 'gone']);
    const { client, keys } = fleet.internals;
    await client.del(keys.runFailures(run.id));
    expect(await refusal(run.id)).toMatchObject({
      code: 'NOTHING_TO_RETRY',
      message: expect.stringContaining('is not known any more'),
    });
  });
});
