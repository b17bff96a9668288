import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IdleTimeout } from './idle-timeout.ts';

const DAY_MS = 24 * 60 * 60_000;

describe('relay/docker/idle-timeout', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    ['a minute', 60_000],
    ['a month, which no timer can wait', 31 * DAY_MS],
  ])('gives a daemon that may be silent for %s its time', (_title, limitMs) => {
    const idleTimeout = new IdleTimeout(limitMs, () => new Error('silent'));
    vi.advanceTimersByTime(Math.min(limitMs, 24 * DAY_MS) - 1);
    expect(idleTimeout.signal.aborted).toBe(false);
    idleTimeout.heard();
    vi.advanceTimersByTime(Math.min(limitMs, 24 * DAY_MS) - 1);
    expect(idleTimeout.signal.aborted).toBe(false);
    vi.advanceTimersByTime(limitMs);
    expect(idleTimeout.signal.reason).toEqual(new Error('silent'));
    idleTimeout.end();
  });
});
