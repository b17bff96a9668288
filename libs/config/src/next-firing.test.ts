import { describe, expect, it } from 'vitest';
import { nextFiring } from './next-firing.ts';

const NOON = Date.UTC(2026, 0, 15, 12);

describe('config/next-firing', () => {
  it('counts an interval from the given time', () => {
    expect(nextFiring({ kind: 'interval', everyMs: 60_000 }, NOON)).toBe(NOON + 60_000);
  });

  it('reads a cron expression in its time zone', () => {
    const next = nextFiring({ kind: 'cron', pattern: '0 3 * * *', timezone: 'Europe/Berlin' }, NOON);
    expect(new Date(next).toISOString()).toBe('2026-01-16T02:00:00.000Z');
  });

  it('never gives the time it was asked at', () => {
    const schedule = { kind: 'cron', pattern: '0 12 * * *', timezone: 'UTC' } as const;
    expect(nextFiring(schedule, NOON)).toBe(NOON + 24 * 3_600_000);
  });
});
