import type { CopyJob, JobContext } from '@regfleet/fleet';
import { eventually } from '@regfleet/harness';
import type { CopyResult } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { openRun, orders, useFleets } from '../queue.fixture.ts';

/** Work that goes on until it is aborted. */
function endless() {
  const begun: string[] = [];
  const aborted: unknown[] = [];
  const until = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const note = async (context: JobContext): Promise<never> => {
    try {
      return await until(context.signal);
    } finally {
      aborted.push(context.aborted);
    }
  };
  return {
    begun,
    aborted,
    copy: (job: CopyJob, context: JobContext): Promise<CopyResult> => {
      begun.push(job.jobId);
      return note(context);
    },
    expand: (runId: string, context: JobContext): Promise<never> => {
      begun.push(runId);
      return note(context);
    },
  };
}

describe('queue/runs/cancel', () => {
  const fleets = useFleets();

  /** From then on nobody hears what is published. */
  async function cutOffFromSignals(): Promise<void> {
    await fleets.redis.call('ACL', 'SETUSER', 'default', '-subscribe');
    fleets.onCleanUp(() => fleets.redis.call('ACL', 'SETUSER', 'default', '+subscribe'));
    await fleets.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  }

  it('reaches a worker that hears no signal: a run, and a single copy', async () => {
    const fleet = await fleets.connect();
    const work = endless();
    const consumer = fleets.copies({ fleet, copy: work.copy, concurrency: 2 });
    const [one, two] = [await openRun(fleet), await openRun(fleet, 'another task')];
    const [first, second] = orders(2);
    if (first === undefined || second === undefined) throw new Error('there are no orders');
    await fleet.runs.enqueueAll(one, [first]);
    await fleet.runs.enqueueAll(two, [second]);
    await fleet.runs.finishExpansion(two, []);
    await eventually(() => work.begun.length === 2);
    await cutOffFromSignals();
    const jobId = work.begun.find((id) => id.startsWith(two)) ?? '';
    expect(await fleet.runs.cancel(one)).toBe(true);
    // The last copy of a run, which ends with it: nothing else is left of it.
    expect(await fleet.runs.cancelJob(jobId)).toBe(true);
    await eventually(() => consumer.activeCount === 0, { deadlineMs: 10_000 });
    expect(work.aborted).toEqual(['cancelled', 'cancelled']);
  });

  it('reaches a scheduler that hears no signal', async () => {
    const fleet = await fleets.connect();
    const work = endless();
    const consumer = fleets.runs({
      fleet,
      expand: async (ticket, context) => {
        await fleet.runs.claim(ticket);
        await work.expand(ticket.runId, context);
      },
    });
    const runId = await fleet.schedules.fire('a task', 'operator');
    await eventually(() => work.begun.length === 1);
    await cutOffFromSignals();
    expect(await fleet.runs.cancel(runId)).toBe(true);
    await eventually(() => consumer.activeCount === 0, { deadlineMs: 10_000 });
    expect(work.aborted).toHaveLength(1);
    expect(await fleet.internals.queues.runs.getJobState(runId)).toBe('completed');
  });

  it('is not undone by an expansion that hands the same copies over again', async () => {
    const fleet = await fleets.connect();
    const work = endless();
    const consumer = fleets.copies({ fleet, copy: work.copy, concurrency: 1 });
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(1));
    await eventually(() => work.begun.length === 1);
    await fleet.runs.cancelJob(work.begun[0] ?? '');
    await eventually(() => consumer.activeCount === 0);
    await fleet.runs.enqueueAll(runId, orders(1));
    await fleet.runs.finishExpansion(runId, []);
    expect(await fleet.runs.wait(runId)).toMatchObject({ counts: { enqueued: 0, skipped: 1 } });
    expect(work.begun).toHaveLength(1);
  });

  it('ends a firing of a schedule that waits for a scheduler', async () => {
    const fleet = await fleets.connect();
    await fleet.schedules.reconcile([{ task: 'hourly', fingerprint: 'f', everyMs: 3_600_000 }]);
    const queued = await eventually(async () => (await fleet.runs.queued())[0]);
    expect(await fleet.runs.cancel(queued.runId)).toBe(true);
    expect(await fleet.runs.get(queued.runId)).toMatchObject({ task: 'hourly', outcome: 'cancelled' });
    const claims: unknown[] = [];
    fleets.runs({ fleet, expand: async (ticket) => void claims.push(await fleet.runs.claim(ticket)) });
    await eventually(() => claims.length === 1);
    expect(claims).toEqual([{ skipped: 'the run had ended before' }]);
    // The next one is planned nevertheless.
    expect(await fleet.schedules.next('hourly')).toBeGreaterThan(Date.now());
  });
});
