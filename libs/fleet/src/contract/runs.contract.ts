import { expect, it } from 'vitest';
import type { RunRecord, Runs } from '../index.ts';
import { COPIED, failure, heldCopies, type OpenStore, order, orders, useStore } from './store.fixture.ts';

const TASK = 'a task';

/** Claims, counts, and how a run ends. */
export function describeRuns(open: OpenStore): void {
  const store = useStore(open);

  it('ends a run with its last job and counts each outcome', async () => {
    const runId = await store.begin(TASK);
    store.fleet.runs.setCounts(runId, { repositories: 1, listed: 9, selected: 6, inSync: 2 });
    await store.queue(runId, orders(4));
    await store.fleet.runs.finishExpansion(runId, []);
    store.copies({
      copy: async ({ request: { source } }) => {
        if (source.tag === 'v0') throw failure('MANIFEST_UNKNOWN', { reference: 'v0' });
        return source.tag === 'v1' ? { ...COPIED, outcome: 'unchanged' } : COPIED;
      },
    });
    const run = await store.ended(runId);
    expect(run).toMatchObject({ outcome: 'failed', expanded: true, task: TASK, trigger: 'schedule' });
    expect(run.counts).toMatchObject({ repositories: 1, listed: 9, selected: 6, inSync: 2 });
    expect(run.counts).toMatchObject({ enqueued: 4, copied: 2, unchanged: 1, failed: 1, skipped: 0 });
    expect(run.errors).toMatchObject([{ code: 'MANIFEST_UNKNOWN', kind: 'permanent', reference: 'v0' }]);
  });

  it('ends a run without jobs when its expansion is finished', async () => {
    const runId = await store.begin(TASK);
    await store.fleet.runs.finishExpansion(runId, []);
    expect(await store.run(runId)).toMatchObject({ outcome: 'succeeded', counts: { enqueued: 0 } });
  });

  it('does not end a run whose jobs have ended while it is being expanded', async () => {
    const runId = await store.begin();
    store.copies();
    await store.queue(runId, orders(2));
    await expect.poll(async () => (await store.run(runId))?.counts.copied).toBe(2);
    const run = await store.run(runId);
    expect(run).toMatchObject({ expanded: false });
    expect(run?.finishedAtMs).toBeUndefined();
    await store.fleet.runs.finishExpansion(runId, []);
    expect(await store.run(runId)).toMatchObject({ outcome: 'succeeded' });
  });

  it('fails a run whose expansion had errors, and keeps the first hundred', async () => {
    const runId = await store.begin();
    const errors = Array.from({ length: 120 }, (_, index) =>
      failure('REPOSITORY_UNKNOWN', { reference: `r${index}` }),
    );
    await store.fleet.runs.finishExpansion(runId, errors);
    const run = await store.run(runId);
    expect(run?.outcome).toBe('failed');
    expect(run?.errors.map(({ reference }) => reference)).toEqual(
      Array.from({ length: 100 }, (_, index) => `r${index}`),
    );
  });

  it('takes the errors of an expansion also as they travel', async () => {
    const runId = await store.begin();
    const error = failure('REPOSITORY_UNKNOWN', { reference: 'r', side: 'source' }).toJSON();
    await store.fleet.runs.finishExpansion(runId, [error]);
    expect((await store.run(runId))?.errors).toEqual([error]);
  });

  it('finishes an expansion once', async () => {
    const runId = await store.begin();
    await store.fleet.runs.finishExpansion(runId, []);
    const before = await store.run(runId);
    await store.fleet.runs.finishExpansion(runId, [failure('DENIED')]);
    store.fleet.runs.setCounts(runId, { listed: 7 });
    expect(await store.run(runId)).toEqual(before);
  });

  it('resumes a run that is claimed again, and counts a repeated expansion once', async () => {
    const runId = await store.begin(TASK);
    const ticket = { runId, task: TASK, trigger: 'schedule' } as const;
    await store.queue(runId, orders(30));
    store.copies();
    await expect.poll(async () => (await store.run(runId))?.counts.copied).toBe(30);
    expect(await store.fleet.runs.claim(ticket)).toBe('resumed');
    store.fleet.runs.setCounts(runId, { listed: 31 });
    await store.queue(runId, orders(31));
    await store.fleet.runs.finishExpansion(runId, []);
    const { counts } = await store.ended(runId);
    expect(counts).toMatchObject({ listed: 31, enqueued: 31, copied: 31, skipped: 0 });
    expect(await store.fleet.runs.claim(ticket)).toEqual({ skipped: 'the run had ended before' });
  });

  it('queues a copy that a run asks for twice once', async () => {
    const runId = await store.begin();
    await store.queue(runId, [order('a'), order('b'), order('a')]);
    await store.fleet.runs.finishExpansion(runId, []);
    store.copies();
    expect((await store.ended(runId)).counts).toMatchObject({ enqueued: 2, copied: 2, skipped: 0 });
  });

  it('leaves a claimed run alone once it is expanded', async () => {
    const runId = await store.begin(TASK);
    await store.queue(runId, orders(1));
    await store.fleet.runs.finishExpansion(runId, []);
    expect(await store.fleet.runs.claim({ runId, task: TASK, trigger: 'schedule' })).toEqual({
      skipped: 'the run was expanded before',
    });
  });

  it('skips a firing while the task still runs, and records it', async () => {
    const first = await store.begin(TASK);
    const { runs } = store.fleet;
    const claim = await runs.claim({ runId: 'second', task: TASK, trigger: 'operator' });
    expect(claim).toEqual({ skipped: `the task was still running as ${first}` });
    expect(await runs.get('second')).toMatchObject({
      outcome: 'skipped',
      trigger: 'operator',
      expanded: true,
      reason: `the task was still running as ${first}`,
      finishedAtMs: expect.any(Number),
    });
    expect(await runs.claim({ runId: 'other', task: 'another', trigger: 'schedule' })).toBe('started');
    await runs.finishExpansion(first, []);
    expect(await runs.claim({ runId: 'third', task: TASK, trigger: 'schedule' })).toBe('started');
    const listed = await runs.list({ task: TASK, limit: 10 });
    expect(listed.map(({ id }) => id).sort()).toEqual([first, 'second', 'third'].sort());
  });

  it('skips a firing that comes too soon after the end of the last run, where a pause is asked for', async () => {
    await store.fleet.runs.finishExpansion(await store.begin(TASK), []);
    const ticket = { runId: 'soon', task: TASK, trigger: 'schedule' } as const;
    expect(await store.fleet.runs.claim(ticket, { minimumPauseMs: 60_000 })).toEqual({
      skipped: 'too soon after the last run',
    });
    expect(await store.fleet.runs.claim({ ...ticket, runId: 'later' })).toBe('started');
  });

  it('lists the newest runs first', async () => {
    const runs = [];
    for (const task of ['one', 'other', 'one']) {
      const runId = await store.begin(task);
      await store.fleet.runs.finishExpansion(runId, []);
      runs.push(runId);
      const startedAtMs = Date.now();
      await expect.poll(() => Date.now()).toBeGreaterThan(startedAtMs);
    }
    const idsOf = async (options: Parameters<Runs['list']>[0]): Promise<string[]> =>
      (await store.fleet.runs.list(options)).map(({ id }) => id);
    expect(await idsOf({ limit: 2 })).toEqual([runs[2], runs[1]]);
    expect(await idsOf({ task: 'one', limit: 5 })).toEqual([runs[2], runs[0]]);
    expect(await idsOf({ task: 'unknown', limit: 5 })).toEqual([]);
    const failed = await store.begin('one');
    await store.fleet.runs.finishExpansion(failed, [failure('DENIED')]);
    expect(await idsOf({ limit: 5, outcome: 'failed' })).toEqual([failed]);
    expect(await idsOf({ limit: 1, task: 'one', outcome: 'succeeded' })).toEqual([runs[2]]);
  });

  it('knows nothing of a run that nobody began', async () => {
    expect(await store.run('nobody')).toBeUndefined();
    expect(await store.fleet.runs.cancel('nobody')).toBe(false);
    await expect(store.fleet.runs.wait('nobody')).rejects.toMatchObject({ code: 'JOB_LOST' });
  });

  it('tells a waiter of changes and resolves at the end', async () => {
    const runId = await store.begin();
    const changes: RunRecord[] = [];
    const waiting = store.fleet.runs.wait(runId, { onChange: (run) => changes.push(run) });
    await expect.poll(() => changes.length).toBeGreaterThan(0);
    store.fleet.runs.setCounts(runId, { selected: 7 });
    await expect.poll(() => changes.at(-1)?.counts.selected).toBe(7);
    await store.fleet.runs.finishExpansion(runId, []);
    const run = await waiting;
    expect(run.outcome).toBe('succeeded');
    expect(changes.at(-1)).toEqual(run);
  });

  it('waits for a run that is queued but not claimed, until the waiter has enough', async () => {
    const runId = await store.fleet.schedules.fire(TASK, 'operator');
    expect(await store.fleet.runs.queued()).toEqual([{ runId, task: TASK }]);
    const controller = new AbortController();
    const waiting = store.fleet.runs.wait(runId, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(store.fleet.runs.wait(runId, { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('cancels a run: waiting jobs go, active ones are aborted, the task is free', async () => {
    const runId = await store.begin(TASK);
    const held = heldCopies();
    const consumer = store.copies({ copy: held.copy, concurrency: 1 });
    await store.queue(runId, orders(5));
    await held.reached(1);
    expect(await store.fleet.runs.cancel(runId)).toBe(true);
    await expect.poll(() => held.aborted).toEqual(['cancelled']);
    expect(await store.run(runId)).toMatchObject({
      outcome: 'cancelled',
      reason: 'cancelled by the operator',
      counts: { enqueued: 0, skipped: 5, failed: 0 },
    });
    await expect.poll(() => consumer.activeCount).toBe(0);
    await store.queue(runId, orders(2, { prefix: 'late' }));
    const next = await store.begin(TASK);
    await store.queue(next, [order('next')]);
    await held.reached(2);
    expect(held.begun[1]?.runId).toBe(next);
    expect(await store.fleet.runs.cancel(runId)).toBe(false);
  });

  it('calls a run cancelled of which something had failed before', async () => {
    const held = heldCopies();
    store.copies({ copy: held.copy, concurrency: 1 });
    const runId = await store.begin();
    await store.queue(runId, orders(2));
    await held.reached(1);
    held.begun[0]?.end(failure('DENIED'));
    await held.reached(2);
    expect(await store.fleet.runs.cancel(runId)).toBe(true);
    expect(await store.run(runId)).toMatchObject({
      outcome: 'cancelled',
      counts: { enqueued: 1, failed: 1, skipped: 1 },
      errors: [{ code: 'DENIED' }],
    });
  });

  it('tells of each run that ends once, whoever watches, also of one that was skipped', async () => {
    const ended: string[] = [];
    const watch = () => store.fleet.runs.watchEnded(({ id }) => ended.push(id));
    const stops = [await watch(), await watch()];
    const runs = [await store.begin(TASK)];
    await store.fleet.runs.claim({ runId: 'skipped', task: TASK, trigger: 'operator' });
    for (let index = 0; index < 3; index += 1) runs.push(await store.begin());
    for (const runId of runs) await store.fleet.runs.finishExpansion(runId, []);
    await expect.poll(() => ended.length).toBe(5);
    await Promise.all(stops.map((stop) => stop()));
    expect(ended.sort()).toEqual(['skipped', ...runs].sort());
  });
}
