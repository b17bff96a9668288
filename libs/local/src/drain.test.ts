import { INTERRUPTED } from '@regfleet/fleet';
import { describe, expect, it } from 'vitest';
import { COPIED, failure, held, open, order } from './local.fixture.ts';

const interrupted = { outcome: 'cancelled', reason: INTERRUPTED };

describe('local/drain', () => {
  it('interrupts copies that are under way and those that have not begun', async () => {
    const { fleet, copies, run } = open();
    const { copy, begun, count } = held();
    const consumer = copies({ copy, concurrency: 1 });
    const runId = await run();
    const queued = ['a', 'b', 'c'].map((tag) => fleet.runs.enqueue(runId, order(tag)));
    await count(1);
    begun[0]?.end();
    await count(2);
    await fleet.runs.finishExpansion(runId, []);
    await consumer.drain();
    await Promise.all(queued);
    expect(await fleet.runs.wait(runId)).toMatchObject({
      ...interrupted,
      counts: { enqueued: 1, copied: 1, skipped: 2 },
    });
  });

  it('lets copies end within the grace period', async () => {
    const { fleet, copies, run } = open();
    const { copy, begun, count } = held();
    const consumer = copies({ copy, graceMs: 3_600_000 });
    const runId = await run();
    await fleet.runs.enqueue(runId, order('a'));
    await fleet.runs.finishExpansion(runId, []);
    await count(1);
    const drained = consumer.drain();
    begun[0]?.end();
    await drained;
    expect(await fleet.runs.wait(runId)).toMatchObject({ outcome: 'succeeded', counts: { copied: 1 } });
  });

  it('keeps what was copied although it was told to stop', async () => {
    const { fleet, copies, run } = open();
    const begun = Promise.withResolvers<void>();
    const consumer = copies({
      copy: (_job, { signal }) => {
        begun.resolve();
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(COPIED)));
      },
    });
    const runId = await run();
    await fleet.runs.enqueue(runId, order('a'));
    await fleet.runs.finishExpansion(runId, []);
    await consumer.drain();
    expect(await fleet.runs.wait(runId)).toMatchObject({ outcome: 'succeeded', counts: { copied: 1 } });
  });

  it('queues nothing when nobody takes copies any more, and the run counts as interrupted', async () => {
    const { fleet, copies, run } = open();
    const runId = await run();
    await copies().drain();
    await fleet.runs.enqueue(runId, order('a'));
    await fleet.runs.finishExpansion(runId, []);
    expect(await fleet.runs.wait(runId)).toMatchObject({ ...interrupted, counts: { enqueued: 0 } });
  });

  it('takes copies again when somebody else consumes', async () => {
    const { fleet, copies, run } = open();
    await copies().drain();
    copies();
    const runId = await run();
    await fleet.runs.enqueue(runId, order('a'));
    await fleet.runs.finishExpansion(runId, []);
    expect(await fleet.runs.wait(runId)).toMatchObject({ outcome: 'succeeded' });
  });

  for (const first of ['copies', 'runs'] as const)
    it(`ends a run that is being expanded, with ${first} drained first`, async () => {
      const { fleet, copies, expansions } = open();
      const { copy, count } = held();
      const consumers = {
        copies: copies({ copy, concurrency: 1 }),
        runs: expansions(async (runId, { signal }) => {
          for (let index = 0; !signal.aborted; index += 1)
            await fleet.runs.enqueue(runId, order(`v${index}`));
          signal.throwIfAborted();
        }),
      };
      const runId = await fleet.schedules.fire('a', 'operator');
      await count(1);
      const drained =
        first === 'runs'
          ? [consumers.runs.drain(), consumers.copies.drain()]
          : [consumers.copies.drain(), consumers.runs.drain()];
      await Promise.all(drained);
      expect(await fleet.runs.wait(runId)).toMatchObject(interrupted);
    });

  it('queues nothing more for an expansion that was given up, and ends its run with what was queued', async () => {
    const { fleet, copies, expansions } = open();
    const { copy, begun, count } = held();
    copies({ copy });
    const go = Promise.withResolvers<void>();
    const consumer = expansions(async (runId, { signal }) => {
      await fleet.runs.enqueue(runId, order('a'));
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await fleet.runs.enqueue(runId, order('late'));
      go.resolve();
      signal.throwIfAborted();
    });
    const runId = await fleet.schedules.fire('a', 'operator');
    await count(1);
    const drained = consumer.drain();
    await count(2);
    await Promise.all([go.promise, drained]);
    void fleet.runs.enqueue(runId, order('later'));
    for (const copying of begun) copying.end();
    expect(await fleet.runs.wait(runId)).toMatchObject({
      ...interrupted,
      counts: { enqueued: 2, copied: 2 },
    });
  });

  it('interrupts firings that nobody has begun, and those that come later', async () => {
    const { fleet, expansions } = open();
    const begun = Promise.withResolvers<void>();
    const consumer = expansions(
      (_runId, { signal }) => {
        begun.resolve();
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
      { concurrency: 1 },
    );
    const runs = [await fleet.schedules.fire('a', 'start'), await fleet.schedules.fire('b', 'start')];
    await begun.promise;
    expect(await fleet.runs.queued()).toEqual([{ runId: runs[1], task: 'b' }]);
    await consumer.drain();
    runs.push(await fleet.schedules.fire('c', 'operator'));
    for (const runId of runs) expect(await fleet.runs.wait(runId)).toMatchObject(interrupted);
  });

  it('ends everything at once when it is closed', async () => {
    const { fleet, copies, expansions } = open();
    const { copy, count } = held();
    copies({ copy, graceMs: 3_600_000 });
    expansions(async (runId) => fleet.runs.enqueue(runId, order('a')), { graceMs: 3_600_000 });
    await fleet.schedules.reconcile([{ task: 'a', fingerprint: 'f', everyMs: 3_600_000 }]);
    await count(1);
    const [run] = await fleet.runs.list({ limit: 1 });
    await fleet.close();
    expect(await fleet.schedules.next('a')).toBeUndefined();
    expect(await fleet.runs.get(run?.id ?? '')).toMatchObject({ finishedAtMs: expect.any(Number) });
  });

  it('ends a run whose expansion is stopped with what could not be planned until then', async () => {
    const { fleet, run } = open();
    const runId = await run();
    fleet.runs.noteFailures(runId, [failure('DENIED')]);
    await fleet.close();
    expect(await fleet.runs.get(runId)).toMatchObject({
      outcome: 'failed',
      reason: 'interrupted',
      errors: [{ code: 'DENIED' }],
    });
  });
});
