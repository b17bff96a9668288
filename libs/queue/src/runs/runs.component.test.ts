import type { RunRecord } from '@regfleet/fleet';
import { eventually } from '@regfleet/harness';
import { describe, expect, it } from 'vitest';
import { failure, openRun, order, orders, useFleets } from '../queue.fixture.ts';

describe('queue/runs/runs', () => {
  const fleets = useFleets();

  it('ends a run with its last job and counts each outcome', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    fleet.runs.setCounts(runId, { repositories: 1, listed: 9, selected: 6, inSync: 2 });
    await fleet.runs.enqueueAll(runId, orders(4));
    await fleet.runs.finishExpansion(runId, []);
    fleets.copies({
      fleet,
      copy: ({ request }) => {
        if (request.source.tag === 'v0') throw failure('MANIFEST_UNKNOWN', { reference: 'v0' });
        const outcome = request.source.tag === 'v1' ? 'unchanged' : 'copied';
        return Promise.resolve({ outcome, targetDigest: `sha256:${'b'.repeat(64)}` as never });
      },
    });
    const run = await fleet.runs.wait(runId);
    expect(run).toMatchObject({ outcome: 'failed', expanded: true });
    expect(run.counts).toEqual({
      repositories: 1,
      listed: 9,
      selected: 6,
      inSync: 2,
      enqueued: 4,
      copied: 2,
      unchanged: 1,
      failed: 1,
      skipped: 0,
    });
    expect(run.errors).toMatchObject([{ code: 'MANIFEST_UNKNOWN', kind: 'permanent', reference: 'v0' }]);
  });

  it('ends a run without jobs when its expansion is finished', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    await fleet.runs.finishExpansion(runId, []);
    expect(await fleet.runs.get(runId)).toMatchObject({ outcome: 'succeeded', counts: { enqueued: 0 } });
    expect(await fleet.schedules.status(['a task'])).toMatchObject([
      { task: 'a task', lastRun: { id: runId }, lastSuccessAtMs: expect.any(Number) },
    ]);
  });

  it('fails a run whose expansion had errors, and keeps the first hundred', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    await fleet.runs.finishExpansion(
      runId,
      Array.from({ length: 120 }, (_, index) => failure('REPOSITORY_UNKNOWN', { reference: `r${index}` })),
    );
    const run = await fleet.runs.get(runId);
    expect(run?.outcome).toBe('failed');
    expect(run?.errors).toHaveLength(100);
  });

  it('resumes a run that is claimed again, and counts a repeated expansion once', async () => {
    const fleet = await fleets.connect();
    const ticket = { runId: 'again', task: 'a task', trigger: 'schedule' } as const;
    expect(await fleet.runs.claim(ticket)).toBe('started');
    fleet.runs.setCounts('again', { listed: 30 });
    await fleet.runs.enqueueAll('again', orders(30));
    fleets.copies({ fleet });
    await eventually(async () => (await fleet.runs.get('again'))?.counts.copied === 30);

    expect(await fleet.runs.claim(ticket)).toBe('resumed');
    fleet.runs.setCounts('again', { listed: 31 });
    expect(await fleet.runs.enqueueAll('again', orders(31))).toEqual({ enqueued: 31, skipped: 0 });
    await fleet.runs.finishExpansion('again', []);
    expect((await fleet.runs.wait('again')).counts).toMatchObject({ listed: 31, enqueued: 31, copied: 31 });
    expect(await fleet.runs.claim(ticket)).toEqual({ skipped: 'the run had ended before' });
  });

  it('leaves a claimed run alone once it is expanded', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    await fleet.runs.enqueueAll(runId, orders(1));
    await fleet.runs.finishExpansion(runId, []);
    expect(await fleet.runs.claim({ runId, task: 'a task', trigger: 'schedule' })).toEqual({
      skipped: 'the run was expanded before',
    });
  });

  it('skips a firing while the task still runs, and records it', async () => {
    const fleet = await fleets.connect();
    const first = await openRun(fleet);
    const claim = await fleet.runs.claim({ runId: 'second', task: 'a task', trigger: 'operator' });
    expect(claim).toEqual({ skipped: `the task was still running as ${first}` });
    expect(await fleet.runs.get('second')).toMatchObject({ outcome: 'skipped', trigger: 'operator' });
    expect(await fleet.runs.claim({ runId: 'other', task: 'another', trigger: 'schedule' })).toBe('started');
    await fleet.runs.finishExpansion(first, []);
    expect(await fleet.runs.claim({ runId: 'third', task: 'a task', trigger: 'schedule' })).toBe('started');
    expect((await fleet.runs.list({ task: 'a task', limit: 10 })).map(({ id }) => id).sort()).toEqual(
      [first, 'second', 'third'].sort(),
    );
  });

  it('skips a firing that comes too soon after the end of the last run', async () => {
    const fleet = await fleets.connect();
    await fleet.runs.finishExpansion(await openRun(fleet), []);
    const ticket = { runId: 'soon', task: 'a task', trigger: 'schedule' } as const;
    expect(await fleet.runs.claim(ticket, { minimumPauseMs: 60_000 })).toEqual({
      skipped: 'too soon after the last run',
    });
    expect(await fleet.runs.claim({ ...ticket, runId: 'later' })).toBe('started');
  });

  it('leaves an image to the run that has queued it already', async () => {
    const fleet = await fleets.connect();
    const [first, second] = [await openRun(fleet, 'one'), await openRun(fleet, 'two')];
    expect(await fleet.runs.enqueueAll(first, orders(3))).toEqual({ enqueued: 3, skipped: 0 });
    expect(await fleet.runs.enqueueAll(second, orders(5))).toEqual({ enqueued: 2, skipped: 3 });
    await fleet.runs.finishExpansion(first, []);
    await fleet.runs.finishExpansion(second, []);
    fleets.copies({ fleet });
    expect((await fleet.runs.wait(first)).counts).toMatchObject({ enqueued: 3, copied: 3, skipped: 0 });
    expect((await fleet.runs.wait(second)).counts).toMatchObject({ enqueued: 2, copied: 2, skipped: 3 });
  });

  it('copies an image once more when it is queued again during its copy', async () => {
    const fleet = await fleets.connect();
    const [first, second] = [await openRun(fleet, 'one'), await openRun(fleet, 'two')];
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const seen: string[] = [];
    fleets.copies({
      fleet,
      copy: async ({ runId }) => {
        seen.push(runId);
        started.resolve();
        await finish.promise;
        return { outcome: 'copied', targetDigest: `sha256:${'b'.repeat(64)}` as never };
      },
    });
    await fleet.runs.enqueueAll(first, [order('moving')]);
    await started.promise;
    expect(await fleet.runs.enqueueAll(second, [order('moving')])).toEqual({ enqueued: 1, skipped: 0 });
    finish.resolve();
    await eventually(() => seen.length === 2);
    expect(seen).toEqual([first, second]);
  });

  it('tells a waiter of changes and resolves at the end', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    const changes: RunRecord[] = [];
    const waiting = (await fleets.connect()).runs.wait(runId, { onChange: (run) => changes.push(run) });
    await eventually(() => changes.length > 0);
    fleet.runs.setCounts(runId, { selected: 7 });
    await eventually(() => changes.at(-1)?.counts.selected === 7);
    await fleet.runs.finishExpansion(runId, []);
    expect((await waiting).outcome).toBe('succeeded');
  });

  it('takes no run for lost that Redis refuses to tell of', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    await fleets.redis.call('ACL', 'SETUSER', 'default', '-hmget');
    fleets.onCleanUp(() => fleets.redis.call('ACL', 'SETUSER', 'default', '+hmget'));
    await expect(fleet.runs.wait(runId)).rejects.toMatchObject({ code: 'REDIS_UNSUITABLE' });
  });

  it('waits for a run that is queued but not claimed, and not for one that nobody knows', async () => {
    const fleet = await fleets.connect();
    const runId = await fleet.schedules.fire('a task', 'operator');
    expect(await fleet.runs.queued()).toEqual([{ runId, task: 'a task' }]);
    const controller = new AbortController();
    const waiting = fleet.runs.wait(runId, { signal: controller.signal });
    await expect(fleet.runs.wait('nobody')).rejects.toMatchObject({ code: 'JOB_LOST' });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('cancels a run: waiting jobs go, active ones are aborted, the task is free', async () => {
    const fleet = await fleets.connect();
    const runId = await openRun(fleet);
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<unknown>();
    fleets.copies({
      fleet,
      concurrency: 1,
      copy: (_job, { signal }) => {
        started.resolve();
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted.resolve(signal.reason);
            reject(signal.reason);
          });
        });
      },
    });
    await fleet.runs.enqueueAll(runId, orders(5));
    await started.promise;
    expect(await fleet.runs.cancel(runId)).toBe(true);
    expect(await aborted.promise).toMatchObject({ message: 'the job was aborted: cancelled' });
    expect(await fleet.runs.get(runId)).toMatchObject({
      outcome: 'cancelled',
      counts: { enqueued: 0, skipped: 5, failed: 0 },
    });
    await eventually(async () => {
      const [status] = await fleet.lanes.status();
      return status?.waiting === 0 && status.active === 0;
    });
    expect(await fleet.runs.enqueueAll(runId, orders(2))).toEqual({ enqueued: 0, skipped: 2 });
    expect(await fleet.runs.cancel(runId)).toBe(false);
    expect(await fleet.runs.claim({ runId: 'next', task: 'a task', trigger: 'schedule' })).toBe('started');
  });

  it('expands further tasks while an expansion waits for its registry', async () => {
    const fleet = await fleets.connect();
    const ready = Promise.withResolvers<void>();
    const expanded: string[] = [];
    fleets.runs({
      fleet,
      concurrency: 1,
      expand: async (ticket, { idle }) => {
        await fleet.runs.claim(ticket);
        if (ticket.task === 'waiting') await idle?.(() => ready.promise);
        expanded.push(ticket.task);
        await fleet.runs.finishExpansion(ticket.runId, []);
      },
    });
    const waiting = await fleet.schedules.fire('waiting', 'operator');
    await eventually(async () => (await fleet.runs.get(waiting)) !== undefined);
    for (const task of ['a', 'b']) await fleet.runs.wait(await fleet.schedules.fire(task, 'operator'));
    ready.resolve();
    await fleet.runs.wait(waiting);
    expect(expanded).toEqual(['a', 'b', 'waiting']);
  });

  it('keeps the last fifty runs of a task', async () => {
    const fleet = await fleets.connect();
    for (let index = 0; index < 55; index++) await fleet.runs.finishExpansion(await openRun(fleet), []);
    expect(await fleet.runs.list({ task: 'a task', limit: 100 })).toHaveLength(50);
    expect(await fleet.runs.list({ limit: 100 })).toHaveLength(50);
  });

  it('reports an ended run to one watcher only', async () => {
    const [one, two] = [await fleets.connect(), await fleets.connect()];
    const ended: string[] = [];
    const stops = await Promise.all(
      [one, two].map((fleet) => fleet.runs.watchEnded(({ id }) => ended.push(id))),
    );
    const runs = [];
    for (let index = 0; index < 5; index++) {
      const runId = await openRun(one);
      runs.push(runId);
      await one.runs.finishExpansion(runId, []);
    }
    await eventually(() => ended.length >= 5);
    await Promise.all(stops.map((stop) => stop()));
    expect(ended.sort()).toEqual(runs.sort());
  });

  it('copies one image without a task', async () => {
    const fleet = await fleets.connect();
    fleets.copies({ fleet });
    const run = await fleet.runs.wait(await fleet.copyOnce(order('one')));
    expect(run).toMatchObject({
      outcome: 'succeeded',
      trigger: 'operator',
      counts: { enqueued: 1, copied: 1 },
    });
    expect(run.task).toBeUndefined();
  });
});
