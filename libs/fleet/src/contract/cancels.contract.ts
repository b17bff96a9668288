import { expect, it } from 'vitest';
import { COPY_CANCELLED } from '../index.ts';
import { heldCopies, type OpenStore, order, orders, useStore } from './store.fixture.ts';

/** What an operator takes back: single copies, and firings that nobody has begun. */
export function describeCancels(open: OpenStore): void {
  const store = useStore(open);

  it('takes one copy that is under way out of its run, which goes on and says so', async () => {
    const held = heldCopies();
    store.copies({ copy: held.copy, concurrency: 1 });
    const runId = await store.ask(...orders(3));
    const { jobId } = await held.nth(1);
    expect(await store.fleet.runs.cancelJob(jobId)).toBe(true);
    await held.reached(2);
    expect(held.aborted).toEqual(['cancelled']);
    held.endAll();
    (await held.nth(3)).end();
    expect(await store.ended(runId)).toMatchObject({
      outcome: 'succeeded',
      reason: COPY_CANCELLED,
      counts: { enqueued: 2, copied: 2, skipped: 1, failed: 0 },
    });
    expect(await store.fleet.runs.cancelJob(jobId)).toBe(false);
  });

  it('ends a run with the last copy that is taken out of it', async () => {
    const held = heldCopies();
    const consumer = store.copies({ copy: held.copy, concurrency: 1 });
    const runId = await store.ask(order('only'));
    const { jobId } = await held.nth(1);
    expect(await store.fleet.runs.cancelJob(jobId)).toBe(true);
    expect(await store.ended(runId)).toMatchObject({ counts: { enqueued: 0, skipped: 1 } });
    await expect.poll(() => consumer.activeCount).toBe(0);
    expect(held.aborted).toEqual(['cancelled']);
    expect(await store.fleet.runs.cancelJob(jobId)).toBe(false);
  });

  it('never begins a copy that was taken out while it waited, and knows no other', async () => {
    const held = heldCopies();
    const first = store.copies({ copy: held.copy, concurrency: 1 });
    const runId = await store.ask(...orders(2));
    const { jobId } = await held.nth(1);
    const other = `${runId}.nobody`;
    for (const unknown of [other, 'nobody.nothing', runId, ''])
      expect(await store.fleet.runs.cancelJob(unknown)).toBe(false);
    // The second waits: it is the one that is left when the first was taken out.
    await store.fleet.runs.cancelJob(jobId);
    const second = await held.nth(2);
    expect(second.request.source.tag).toBe('v1');
    second.end();
    expect((await store.ended(runId)).counts).toMatchObject({ copied: 1, skipped: 1 });
    await expect.poll(() => first.activeCount).toBe(0);
    expect(held.begun).toHaveLength(2);
  });

  it('goes on with a copy for another run that waits for it', async () => {
    const shared = order('shared');
    const [one, two] = [await store.begin(), await store.begin()];
    await store.queue(one, [shared]);
    await store.queue(two, [shared]);
    for (const runId of [one, two]) await store.fleet.runs.finishExpansion(runId, []);
    const held = heldCopies();
    store.copies({ copy: held.copy });
    const { jobId } = await held.nth(1);
    expect(await store.fleet.runs.cancelJob(jobId)).toBe(true);
    expect(await store.ended(one)).toMatchObject({ reason: COPY_CANCELLED });
    held.endAll();
    expect(await store.ended(two)).toMatchObject({ outcome: 'succeeded', counts: { skipped: 1 } });
    expect(held.aborted).toEqual([]);
  });

  it.each([
    ['copies', 'the first first'],
    ['copies', 'the first last'],
    ['runs', 'the first first'],
    ['runs', 'the first last'],
  ])('aborts a copy once all %s that wait for it are taken back, %s', async (what, which) => {
    const shared = order('shared');
    const runs = [await store.begin(), await store.begin(), await store.begin()];
    for (const runId of runs) await store.queue(runId, [shared]);
    for (const runId of runs) await store.fleet.runs.finishExpansion(runId, []);
    const held = heldCopies();
    const consumer = store.copies({ copy: held.copy });
    const { jobId } = await held.nth(1);
    const name = jobId.slice(jobId.lastIndexOf('.') + 1);
    const inTurn = which === 'the first first' ? runs : runs.toReversed();
    for (const [index, runId] of inTurn.entries()) {
      expect(held.aborted).toEqual([]);
      const { cancel, cancelJob } = {
        cancel: () => store.fleet.runs.cancel(runId),
        cancelJob: () => store.fleet.runs.cancelJob(`${runId}.${name}`),
      };
      expect(await (what === 'runs' ? cancel() : cancelJob())).toBe(true);
      if (index < runs.length - 1) expect(consumer.activeCount).toBe(1);
    }
    await expect.poll(() => consumer.activeCount).toBe(0);
    expect(held.aborted).toEqual(['cancelled']);
  });

  it('ends a run that waits for a scheduler, and whoever waits for it hears of that', async () => {
    const runId = await store.fleet.schedules.fire('a task', 'operator');
    const waiting = store.ended(runId);
    expect(await store.fleet.runs.cancel(runId)).toBe(true);
    expect(await waiting).toMatchObject({ outcome: 'cancelled', reason: 'cancelled by the operator' });
    expect(await store.fleet.runs.queued()).toEqual([]);
    const begun: string[] = [];
    store.expansions(async (ticket) => {
      begun.push(ticket.runId);
      await store.fleet.runs.claim(ticket);
      await store.fleet.runs.finishExpansion(ticket.runId, []);
    });
    const next = await store.fleet.schedules.fire('a task', 'operator');
    await store.ended(next);
    expect(begun).toEqual([next]);
    expect(await store.fleet.runs.cancel(runId)).toBe(false);
  });
}
