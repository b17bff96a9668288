import { SyncError } from '@regfleet/model';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RateLimitPauses } from './rate-limit-pauses.ts';
import { sleepUntil } from './sleep.ts';

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;
const never = new AbortController().signal;

const putClockAhead = (): unknown => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + MONTH_MS });

describe('fleet/waits/sleep', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('waits no longer because the clock was ahead and was put right', async () => {
    putClockAhead();
    const slept = sleepUntil(Date.now() + 20, never);
    vi.useRealTimers();
    await slept;
  });

  it('leaves a registry alone no longer because the clock was ahead and was put right', async () => {
    const pauses = new RateLimitPauses({ mostInRow: 1, onPause: () => undefined });
    const sides = { source: 'hub.test' };
    putClockAhead();
    const error = new SyncError('RATE_LIMITED', { message: 'a refusal of the test', retryAfterMs: 20 });
    pauses.begin(error, { sides, kind: 'plan', beganAtMs: 0 });
    const over = pauses.over(sides, never);
    vi.useRealTimers();
    await over;
    expect(pauses.areOver(sides)).toBe(true);
  });

  it('ends at once where the time has passed, and when it is aborted', async () => {
    await sleepUntil(Date.now() - 1, never);
    await expect(sleepUntil(Number.MAX_SAFE_INTEGER, AbortSignal.timeout(10))).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});
