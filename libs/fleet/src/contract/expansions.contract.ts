import { expect, it } from 'vitest';
import { HandBackError } from '../index.ts';
import { counter, failure, type OpenStore, orders, useStore } from './store.fixture.ts';

const HOUR_MS = 3_600_000;

/** How firings are taken and expanded. */
export function describeExpansions(open: OpenStore): void {
  const store = useStore(open);
  const fire = (task: string): Promise<string> => store.fleet.schedules.fire(task, 'operator');

  it('expands a firing: claims, enqueues one after the other, finishes', async () => {
    store.copies();
    store.expansions(async (ticket) => {
      await store.fleet.runs.claim(ticket);
      for (const wanted of orders(10)) await store.fleet.runs.enqueue(ticket.runId, wanted);
      store.fleet.runs.setCounts(ticket.runId, { selected: 10 });
      await store.fleet.runs.finishExpansion(ticket.runId, []);
    });
    const runId = await fire('a');
    expect(await store.ended(runId)).toMatchObject({
      id: runId,
      task: 'a',
      trigger: 'operator',
      outcome: 'succeeded',
      counts: { selected: 10, enqueued: 10, copied: 10 },
    });
    expect(await store.fleet.runs.queued()).toEqual([]);
  });

  it('takes firings of operators before those at start, and those before scheduled ones', async () => {
    const expanded: string[] = [];
    await store.fleet.schedules.reconcile([{ task: 'scheduled', fingerprint: 'f', everyMs: HOUR_MS }]);
    await store.fleet.schedules.fireStartTasks([{ task: 'start', fingerprint: 'f' }], { coldStart: true });
    await fire('operator');
    await expect.poll(async () => (await store.fleet.runs.queued()).length).toBe(3);
    store.expansions(async ({ task }) => void expanded.push(task), { concurrency: 1 });
    await expect.poll(() => expanded).toEqual(['operator', 'start', 'scheduled']);
  });

  it('expands no more at once than its concurrency', async () => {
    const [begun, go] = [counter(), Promise.withResolvers<void>()];
    const consumer = store.expansions(
      async (ticket) => {
        begun.add();
        await go.promise;
        await store.fleet.runs.claim(ticket);
        await store.fleet.runs.finishExpansion(ticket.runId, []);
      },
      { concurrency: 2 },
    );
    const start = (task: string): Promise<string> => store.fleet.schedules.fire(task, 'start');
    const runs = [await start('a'), await start('b'), await start('c')];
    await begun.reached(2);
    expect(await store.fleet.runs.queued()).toEqual([{ runId: runs[2], task: 'c' }]);
    expect([begun.count, consumer.activeCount]).toEqual([2, 2]);
    go.resolve();
    for (const runId of runs) await store.ended(runId);
  });

  it('begins one expansion of an operator at once where others have all places, and keeps it from nobody else', async () => {
    const [begun, go] = [[] as string[], Promise.withResolvers<void>()];
    const begins = counter();
    const consumer = store.expansions(
      async ({ task }) => {
        begun.push(task);
        begins.add();
        await go.promise;
      },
      { concurrency: 2 },
    );
    for (const task of ['a', 'b', 'c']) await store.fleet.schedules.fire(task, 'start');
    await begins.reached(2);
    await fire('operator');
    await begins.reached(3);
    await fire('another');
    expect(begun).toEqual(['a', 'b', 'operator']);
    expect(consumer.activeCount).toBe(3);
    go.resolve();
    await begins.reached(5);
    expect(begun.slice(3)).toEqual(['another', 'c']);
  });

  it('expands further tasks while an expansion waits for its registry', async () => {
    const [waits, ready] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const expanded: string[] = [];
    store.expansions(
      async (ticket, { idle }) => {
        await store.fleet.runs.claim(ticket);
        const wait = (): Promise<void> => {
          waits.resolve();
          return ready.promise;
        };
        if (ticket.task === 'waiting') await idle?.(wait);
        expanded.push(ticket.task);
        await store.fleet.runs.finishExpansion(ticket.runId, []);
      },
      { concurrency: 1 },
    );
    const waiting = await fire('waiting');
    await waits.promise;
    for (const task of ['a', 'b']) await store.ended(await fire(task));
    ready.resolve();
    await store.ended(waiting);
    expect(expanded).toEqual(['a', 'b', 'waiting']);
  });

  it('gives back what waiting for a registry comes to', async () => {
    const outcome = Promise.withResolvers<unknown>();
    store.expansions(async (_ticket, { idle }) => {
      const failed = await idle?.(() => Promise.reject(failure('DENIED'))).catch((error) => error.code);
      outcome.resolve([await idle?.(async () => 'result'), failed]);
    });
    await fire('a');
    expect(await outcome.promise).toEqual(['result', 'DENIED']);
  });

  it('gives the run of a repeated firing the same id, and resumes it', async () => {
    const claims: unknown[] = [];
    const ids = new Set<string>();
    store.expansions(async (ticket) => {
      ids.add(ticket.runId);
      claims.push(await store.fleet.runs.claim(ticket));
      if (claims.length === 1) throw new HandBackError(10, 'as if this process had died');
      await store.fleet.runs.finishExpansion(ticket.runId, []);
    });
    await store.fleet.schedules.reconcile([{ task: 'a', fingerprint: 'f', everyMs: HOUR_MS }]);
    await expect.poll(() => claims).toEqual(['started', 'resumed']);
    const [runId = ''] = ids;
    expect(await store.ended(runId)).toMatchObject({ task: 'a', trigger: 'schedule', outcome: 'succeeded' });
    expect(ids.size).toBe(1);
  });

  it('spends no attempt on a source that wants to be left alone', async () => {
    const attempts: number[] = [];
    store.expansions(async (ticket, { facts }) => {
      attempts.push(facts.attempt);
      if (attempts.length < 3) throw failure('RATE_LIMITED', { side: 'source', retryAfterMs: 1 });
      await store.fleet.runs.claim(ticket);
      await store.fleet.runs.finishExpansion(ticket.runId, []);
    });
    await store.ended(await fire('a'));
    expect(attempts).toEqual([1, 1, 1]);
  });

  it('expands other tasks while the source of one wants to be left alone', async () => {
    const refused = Promise.withResolvers<void>();
    store.expansions(async (ticket) => {
      if (ticket.task === 'refused') {
        refused.resolve();
        throw failure('RATE_LIMITED', { side: 'source', retryAfterMs: HOUR_MS });
      }
      await store.fleet.runs.claim(ticket);
      await store.fleet.runs.finishExpansion(ticket.runId, []);
    });
    await fire('refused');
    await refused.promise;
    expect(await store.ended(await fire('other'))).toMatchObject({ outcome: 'succeeded' });
  });

  it('records a firing that failed before it was claimed', async () => {
    store.expansions(() => Promise.reject(failure('TASK_UNKNOWN')));
    const run = await store.ended(await fire('gone'));
    expect(run).toMatchObject({ task: 'gone', outcome: 'failed', errors: [{ code: 'TASK_UNKNOWN' }] });
  });

  it('fails the run of an expansion that fails, once its copies have ended', async () => {
    store.copies();
    store.expansions(async (ticket) => {
      await store.fleet.runs.claim(ticket);
      await store.queue(ticket.runId, orders(1));
      throw failure('TAG_FILTER_INVALID');
    });
    expect(await store.ended(await fire('a'))).toMatchObject({
      outcome: 'failed',
      counts: { enqueued: 1, copied: 1 },
      errors: [{ code: 'TAG_FILTER_INVALID' }],
    });
  });

  it('knows no run of a firing that was dropped', async () => {
    const dropped = Promise.withResolvers<void>();
    const consumer = store.expansions(async () => dropped.resolve());
    const runId = await fire('a');
    await dropped.promise;
    await expect.poll(() => consumer.activeCount).toBe(0);
    await expect(store.ended(runId)).rejects.toMatchObject({ code: 'JOB_LOST' });
  });

  it('aborts the expansion of a cancelled run', async () => {
    const [started, aborted] = [Promise.withResolvers<string>(), Promise.withResolvers<unknown>()];
    const consumer = store.expansions(async (ticket, context) => {
      await store.fleet.runs.claim(ticket);
      started.resolve(ticket.runId);
      await new Promise((_, reject) => {
        context.signal.addEventListener('abort', () => {
          aborted.resolve(context.aborted);
          reject(context.signal.reason);
        });
      });
    });
    await fire('a');
    const runId = await started.promise;
    await store.fleet.runs.cancel(runId);
    expect(await aborted.promise).toBe('cancelled');
    await expect.poll(() => consumer.activeCount).toBe(0);
    expect(await store.run(runId)).toMatchObject({ outcome: 'cancelled', errors: [] });
  });
}
