import { expect, it } from 'vitest';
import type { ScheduleSpec } from '../index.ts';
import { counter, HOUR_MS, hourly, type OpenStore, useStore, yearly } from './store.fixture.ts';

const NONE = { added: [], changed: [], removed: [], repaired: [], failed: [] };

/** When tasks fire. */
export function describeSchedules(open: OpenStore): void {
  const store = useStore(open);

  /** Collects the tasks that fire and ends their runs at once. */
  function collect() {
    const fired: string[] = [];
    const firings = counter();
    store.expansions(async (ticket) => {
      const claim = await store.fleet.runs.claim(ticket);
      if (typeof claim === 'string') await store.fleet.runs.finishExpansion(ticket.runId, []);
      fired.push(`${ticket.task} ${ticket.trigger}`);
      firings.add();
    });
    return { fired, reached: firings.reached };
  }

  it('sets, keeps, replaces and removes schedules by comparing', async () => {
    const { schedules } = store.fleet;
    const specs = [hourly('interval'), yearly('cron')];
    expect(await schedules.reconcile(specs)).toEqual({ ...NONE, added: ['interval', 'cron'] });
    expect(await schedules.reconcile(specs)).toEqual(NONE);
    expect(await schedules.reconcile([hourly('interval', 'f2'), yearly('cron', 'f2')])).toEqual({
      ...NONE,
      changed: ['interval', 'cron'],
    });
    expect(await schedules.next('cron')).toBeGreaterThan(Date.now());
    expect(await schedules.reconcile([hourly('interval', 'f2')])).toEqual({ ...NONE, removed: ['cron'] });
    expect(await schedules.next('cron')).toBeUndefined();
  });

  it('takes another time for a change, too', async () => {
    const { schedules } = store.fleet;
    await schedules.reconcile([hourly('interval'), yearly('cron')]);
    const before = await schedules.next('cron');
    const changed = [
      { ...hourly('interval'), everyMs: 2 * HOUR_MS },
      { ...yearly('cron'), timezone: 'Asia/Tokyo' },
    ];
    expect(await schedules.reconcile(changed)).toEqual({ ...NONE, changed: ['interval', 'cron'] });
    expect(await schedules.next('cron')).toBe((before ?? 0) - 8 * HOUR_MS);
  });

  it('fires a new interval once, however often it is reconciled', async () => {
    const { fired, reached } = collect();
    await store.fleet.schedules.reconcile([hourly('a')]);
    await reached(1);
    await store.fleet.schedules.reconcile([hourly('a')]);
    await store.fleet.schedules.fire('marker', 'operator');
    await reached(2);
    expect(fired).toEqual(['a schedule', 'marker operator']);
    expect(await store.fleet.schedules.next('a')).toBeGreaterThan(Date.now());
  });

  it('neither loses nor doubles firings of a short interval by reconciling again and again', async () => {
    const { fired } = collect();
    const spec = { task: 'often', fingerprint: 'f', everyMs: 200 };
    const slots: number[] = [];
    const look = async (): Promise<number> => {
      await store.fleet.schedules.reconcile([spec]);
      slots.push((await store.fleet.schedules.next('often')) ?? 0);
      return fired.length;
    };
    await expect.poll(look).toBeGreaterThanOrEqual(5);
    const passed = (Math.max(...slots) - Math.min(...slots)) / spec.everyMs;
    expect(slots.length).toBeGreaterThan(passed);
    expect(fired.length).toBeLessThanOrEqual(passed + 2);
  });

  it('fires a cron when it is due and not before, and no more once it is removed', async () => {
    const { fired, reached } = collect();
    await store.fleet.schedules.reconcile([{ task: 'cron', fingerprint: 'f', pattern: '* * * * * *' }]);
    const dueAtMs = (await store.fleet.schedules.next('cron')) ?? 0;
    expect(dueAtMs % 1000).toBe(0);
    await reached(2);
    expect(Date.now()).toBeGreaterThanOrEqual(dueAtMs);
    await store.fleet.schedules.reconcile([]);
    await store.fleet.schedules.fire('marker', 'operator');
    await expect.poll(() => fired.at(-1)).toBe('marker operator');
    expect(await store.fleet.schedules.next('cron')).toBeUndefined();
  });

  it('records a firing that is due while the run before is unfinished as skipped', async () => {
    const claims: unknown[] = [];
    store.expansions(async (ticket) => void claims.push(await store.fleet.runs.claim(ticket)));
    await store.fleet.schedules.reconcile([{ task: 'slow', fingerprint: 'f', everyMs: 200 }]);
    await expect.poll(() => claims.length).toBeGreaterThanOrEqual(2);
    expect(claims.slice(0, 2)).toEqual(['started', { skipped: expect.stringContaining('still running') }]);
    const [skipped] = (await store.fleet.runs.list({ task: 'slow', limit: 10 })).filter(
      ({ outcome }) => outcome === 'skipped',
    );
    expect(skipped).toMatchObject({ task: 'slow', trigger: 'schedule' });
  });

  it('sets the other schedules when one is refused', async () => {
    const { schedules } = store.fleet;
    const bad: ScheduleSpec = { task: 'bad', fingerprint: 'f', pattern: '99 * * * *' };
    expect(await schedules.reconcile([bad, hourly('good')])).toMatchObject({
      added: ['good'],
      failed: ['bad'],
    });
    expect(await schedules.reconcile([{ ...bad, pattern: '9 * * * *' }])).toMatchObject({ added: ['bad'] });
  });

  it('fires one-off tasks at every cold start, and after a take-over only those that never fired', async () => {
    const { schedules } = store.fleet;
    const tasks = ['a', 'b'].map((task) => ({ task, fingerprint: '1' }));
    const fire = async (list: typeof tasks, coldStart: boolean) => [
      ...(await schedules.fireStartTasks(list, { coldStart })).keys(),
    ];
    expect(await fire(tasks, true)).toEqual(['a', 'b']);
    expect(await fire(tasks, false)).toEqual([]);
    const changed = [...tasks.slice(1), { task: 'a', fingerprint: '2' }, { task: 'c', fingerprint: '1' }];
    expect(await fire(changed, false)).toEqual(['a', 'c']);
    expect(await fire(tasks, true)).toEqual(['a', 'b']);
  });

  it('tells the runs of one-off tasks', async () => {
    collect();
    const runs = await store.fleet.schedules.fireStartTasks([{ task: 'a', fingerprint: '1' }], {
      coldStart: true,
    });
    const run = await store.ended(runs.get('a') ?? '');
    expect(run).toMatchObject({ task: 'a', trigger: 'start', outcome: 'succeeded' });
  });

  it('tells when tasks ran, are to run, and since when they are known', async () => {
    const { schedules, runs } = store.fleet;
    await schedules.reconcile([yearly('cron')]);
    const number = expect.any(Number);
    expect(await schedules.times(['cron', 'unknown'])).toEqual([
      { task: 'cron', nextAtMs: number, knownSinceMs: number },
      { task: 'unknown' },
    ]);
    const runId = await store.begin('cron');
    expect(await schedules.status(['cron'])).toMatchObject([{ activeRunId: runId, lastRun: { id: runId } }]);
    await runs.finishExpansion(runId, []);
    const [status] = await schedules.status();
    expect(status).toMatchObject({
      task: 'cron',
      nextAtMs: number,
      lastSuccessAtMs: number,
      lastRun: { id: runId, outcome: 'succeeded' },
      lastEnded: { id: runId },
    });
    expect(status?.activeRunId).toBeUndefined();
    const next = await store.begin('cron');
    await runs.claim({ runId: 'skipped', task: 'cron', trigger: 'operator' });
    expect(await schedules.status(['cron'])).toMatchObject([
      { lastRun: { id: next }, lastEnded: { id: runId } },
    ]);
  });
}
