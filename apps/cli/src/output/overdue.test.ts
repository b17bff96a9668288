import type { RunRecord, TaskStatus } from '@regfleet/fleet';
import { describe, expect, it } from 'vitest';
import { overdueMs } from './overdue.ts';
import { runRecord } from './run-record.fixture.ts';

const NOW_MS = Date.UTC(2026, 0, 15, 12);
const HOUR_MS = 3_600_000;
const HOURLY = { kind: 'interval', everyMs: HOUR_MS } as const;
const AT_NOON = { kind: 'cron', pattern: '0 12 * * *', timezone: 'UTC' } as const;

/** A run that began and ended so many hours before now. */
const run = (beganHours: number, endedHours?: number): RunRecord =>
  runRecord({
    startedAtMs: NOW_MS - beganHours * HOUR_MS,
    ...(endedHours !== undefined && { finishedAtMs: NOW_MS - endedHours * HOUR_MS }),
  });
const inHours = (hours: number): number => NOW_MS + hours * HOUR_MS;

describe('cli/output/overdue', () => {
  it.each<[string, Omit<TaskStatus, 'task'>]>([
    ['fires soon', { nextAtMs: inHours(0.5), lastRun: run(0.5, 0.4) }],
    ['was due a moment ago', { nextAtMs: NOW_MS - 30_000, lastRun: run(1, 0.9) }],
    ['is to skip a firing after a long run', { nextAtMs: inHours(0.9), lastRun: run(5, 1.2) }],
    ['runs for longer than its interval', { nextAtMs: inHours(0.5), lastRun: run(5), activeRunId: 'run' }],
    ['is new', { nextAtMs: inHours(0), knownSinceMs: NOW_MS }],
    ['is not known to Redis', {}],
    [
      'last ran at a time to come',
      { nextAtMs: inHours(0.5), lastRun: run(-700, -700), knownSinceMs: inHours(-900) },
    ],
  ])('takes an hourly task for punctual that %s', (_, status) => {
    expect(overdueMs({ schedule: HOURLY }, { task: 't', ...status }, NOW_MS)).toBeUndefined();
  });

  it.each<[string, Omit<TaskStatus, 'task'>, number]>([
    ['should have fired', { nextAtMs: inHours(-2), lastRun: run(3, 2.9) }, 2],
    ['should have fired although it runs', { nextAtMs: inHours(-2), lastRun: run(3), activeRunId: 'run' }, 2],
    ['is planned for next month', { nextAtMs: inHours(700), lastRun: run(5, 4.5) }, 3],
    ['is planned no more', { lastRun: run(5, 4.5) }, 3],
    [
      'last ran at a time to come and is planned for later',
      { nextAtMs: inHours(700), lastRun: run(-700, -700), knownSinceMs: inHours(-24) },
      22.5,
    ],
    ['never ran', { nextAtMs: inHours(700), knownSinceMs: inHours(-24) }, 22.5],
  ])('takes an hourly task for overdue that %s', (_, status, hours) => {
    expect(overdueMs({ schedule: HOURLY }, { task: 't', ...status }, NOW_MS)).toBe(hours * HOUR_MS);
  });

  it('counts from when a cron should have fired', () => {
    const status = { task: 't', nextAtMs: inHours(24), lastRun: run(30, 29) };
    expect(overdueMs({ schedule: AT_NOON }, status, NOW_MS)).toBe(24 * HOUR_MS);
    expect(overdueMs({ schedule: AT_NOON }, { ...status, lastRun: run(24, 23) }, NOW_MS)).toBeUndefined();
  });

  it('never takes a one-off task for overdue', () => {
    expect(overdueMs({}, { task: 't', knownSinceMs: 1, lastRun: run(900, 899) }, NOW_MS)).toBeUndefined();
  });
});
