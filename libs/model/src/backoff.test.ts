import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelay } from './backoff.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const ms = fc.integer({ min: 0, max: 3_600_000 });

describe('model/backoff', () => {
  it('stays between what was asked for and the cap', () => {
    const inputs = fc.record({
      attempt: fc.integer({ min: 1, max: 60 }),
      backoffMs: ms,
      maxBackoffMs: ms,
      retryAfterMs: ms,
      random,
    });
    fc.assert(
      fc.property(inputs, ({ attempt, retryAfterMs, random: x, ...bounds }) => {
        const delayMs = backoffDelay(attempt, bounds, { retryAfterMs, random: x });
        expect(delayMs).toBeGreaterThanOrEqual(retryAfterMs);
        expect(delayMs).toBeLessThanOrEqual(Math.max(retryAfterMs, bounds.maxBackoffMs));
        expect(Number.isInteger(delayMs)).toBe(true);
      }),
    );
  });

  it('doubles its ceiling with each try', () => {
    const bounds = { backoffMs: 1_000, maxBackoffMs: 10_000 };
    const delays = [1, 2, 3, 4, 5].map((attempt) => backoffDelay(attempt, bounds, { random: 0.999_999 }));
    expect(delays).toEqual([999, 1_999, 3_999, 7_999, 9_999]);
    expect(backoffDelay(5, bounds, { random: 0 })).toBe(0);
  });
});
