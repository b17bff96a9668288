import type { ScheduleSpec } from '@regfleet/fleet';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { open } from './local.fixture.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const hourly: ScheduleSpec = { task: 'hourly', fingerprint: 'f', everyMs: HOUR_MS };
const cron: ScheduleSpec = { task: 'cron', fingerprint: 'f', pattern: '30 * * * *' };

describe('local/schedules', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Tells what fires; each run ends at once. */
  function firing() {
    const { fleet, expansions } = open();
    const fired: string[] = [];
    expansions(async (runId) => {
      const run = await fleet.runs.get(runId);
      fired.push(`${run?.task} ${run?.trigger} ${new Date().toISOString().slice(11, 16)}`);
      await fleet.runs.finishExpansion(runId, []);
    });
    return { fleet, fired };
  }

  it('fires an interval at once and then by its ticks, a cron when it is due', async () => {
    const { fleet, fired } = firing();
    await fleet.schedules.reconcile([hourly, cron]);
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    expect(fired).toEqual([
      'hourly schedule 00:00',
      'cron schedule 00:30',
      'hourly schedule 01:00',
      'cron schedule 01:30',
      'hourly schedule 02:00',
    ]);
    expect(await fleet.schedules.next('hourly')).toBe(Date.parse('2026-01-01T03:00:00Z'));
    await fleet.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps the ticks of a task whose definition changed otherwise, and fires a new interval at once', async () => {
    const { fleet, fired } = firing();
    await fleet.schedules.reconcile([hourly]);
    await vi.advanceTimersByTimeAsync(20 * MINUTE_MS);
    await fleet.schedules.reconcile([{ ...hourly, fingerprint: 'g' }]);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    await fleet.schedules.reconcile([{ ...hourly, fingerprint: 'g', everyMs: 2 * HOUR_MS }]);
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    expect(fired.map((line) => line.slice(-5))).toEqual(['00:00', '01:00', '01:20', '03:20']);
    await fleet.close();
  });

  it('fires once for all ticks that passed while the machine slept', async () => {
    const { fleet, fired } = firing();
    await fleet.schedules.reconcile([hourly]);
    await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
    vi.setSystemTime(Date.parse('2026-01-01T05:10:00Z'));
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(fired).toEqual(['hourly schedule 00:00', 'hourly schedule 05:11']);
    expect(await fleet.schedules.next('hourly')).toBe(Date.parse('2026-01-01T06:00:00Z'));
    await fleet.close();
  });

  it('lets no firings of a task pile up while nobody takes them', async () => {
    const { fleet } = open();
    await fleet.schedules.reconcile([hourly]);
    await vi.advanceTimersByTimeAsync(3 * HOUR_MS);
    expect(await fleet.runs.queued()).toHaveLength(1);
    await fleet.schedules.reconcile([]);
    expect(await fleet.runs.queued()).toEqual([]);
    await fleet.close();
  });

  it('knows when a task has succeeded for longer than its runs are kept', async () => {
    const { fleet } = firing();
    await fleet.schedules.reconcile([cron]);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    const succeededAtMs = Date.parse('2026-01-01T00:30:00Z');
    for (let index = 0; index < 1_001; index += 1) {
      const runId = `other-${index}`;
      await fleet.runs.claim({ runId, task: 'other', trigger: 'operator' });
      await fleet.runs.finishExpansion(runId, []);
    }
    expect(await fleet.runs.list({ task: 'cron', limit: 10 })).toEqual([]);
    expect(await fleet.runs.list({ limit: 2_000 })).toHaveLength(1_000);
    expect(await fleet.schedules.times(['cron'])).toMatchObject([{ lastSuccessAtMs: succeededAtMs }]);
    await fleet.close();
  });
});
