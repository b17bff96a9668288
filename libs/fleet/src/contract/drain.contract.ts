import { expect, it } from 'vitest';
import { type Copy, heldCopies, type OpenStore, order, orders, useStore } from './store.fixture.ts';

/** How a process stops taking part. What becomes of what it leaves undone differs from store to store. */
export function describeDrain(open: OpenStore): void {
  const store = useStore(open);

  it('lets copies end within the grace period and takes no more', async () => {
    const held = heldCopies();
    const consumer = store.copies({ copy: held.copy, concurrency: 1, graceMs: 60_000 });
    const runId = await store.ask(...orders(2));
    await held.reached(1);
    const drained = consumer.drain();
    held.begun[0]?.end();
    await drained;
    expect((await store.run(runId))?.counts.copied).toBe(1);
    expect(held.aborted).toEqual([]);
    expect(held.begun).toHaveLength(1);
    expect(consumer.activeCount).toBe(0);
  });

  it('aborts what has not ended by then, which is no failure', async () => {
    const held = heldCopies();
    const consumer = store.copies({ copy: held.copy, concurrency: 2, graceMs: 20 });
    const runId = await store.ask(...orders(2, { attempts: 1 }));
    await held.reached(2);
    await consumer.drain();
    expect(held.aborted).toEqual(['shutdown', 'shutdown']);
    expect(consumer.activeCount).toBe(0);
    expect(await store.run(runId)).toMatchObject({ counts: { copied: 0, failed: 0 }, errors: [] });
  });

  it('ends at once where nothing is under way, and may be asked to again', async () => {
    const consumers = [
      store.copies({ graceMs: 60_000 }),
      store.expansions(async () => undefined, { graceMs: 60_000 }),
    ];
    for (const consumer of consumers) {
      await consumer.drain();
      await consumer.drain();
      expect(consumer.activeCount).toBe(0);
    }
  });

  it('leaves the copies of a run to those who go on', async () => {
    const [leaving, staying] = [heldCopies(), heldCopies()];
    const consumer = store.copies({ copy: leaving.copy, concurrency: 1, graceMs: 60_000 });
    const runId = await store.ask(...orders(3));
    await leaving.reached(1);
    const copy: Copy = async (job, context) => {
      const copying = staying.copy(job, context);
      staying.endAll();
      return copying;
    };
    store.copies({ copy, concurrency: 1 });
    const drained = consumer.drain();
    leaving.endAll();
    await drained;
    expect(await store.ended(runId)).toMatchObject({ outcome: 'succeeded', counts: { copied: 3 } });
    expect(leaving.begun).toHaveLength(1);
  });

  it('aborts an expansion, which is no failure of its run', async () => {
    const begun = Promise.withResolvers<string>();
    const aborted = Promise.withResolvers<unknown>();
    const consumer = store.expansions(async (ticket, context) => {
      await store.fleet.runs.claim(ticket);
      const { signal } = context;
      begun.resolve(ticket.runId);
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted.resolve(context.aborted);
          reject(signal.reason);
        });
      });
    });
    await store.fleet.schedules.fire('a', 'operator');
    const runId = await begun.promise;
    await consumer.drain();
    expect(await aborted.promise).toBe('shutdown');
    expect(await store.run(runId)).toMatchObject({ errors: [], counts: { failed: 0 } });
    expect((await store.run(runId))?.outcome).not.toBe('failed');
  });

  it('lets an expansion end within the grace period', async () => {
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    store.copies();
    const consumer = store.expansions(
      async (ticket) => {
        await store.fleet.runs.claim(ticket);
        begun.resolve();
        await go.promise;
        await store.fleet.runs.enqueue(ticket.runId, order('a'));
        await store.fleet.runs.finishExpansion(ticket.runId, []);
      },
      { graceMs: 60_000 },
    );
    const runId = await store.fleet.schedules.fire('a', 'operator');
    await begun.promise;
    const drained = consumer.drain();
    go.resolve();
    await drained;
    expect(await store.ended(runId)).toMatchObject({ outcome: 'succeeded', counts: { copied: 1 } });
  });
}
