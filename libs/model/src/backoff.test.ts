import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelay, LONGEST_WAIT_MS, rateLimitDelay } from './backoff.ts';

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

  it('obeys what was asked for up to the longest wait only', () => {
    const bounds = { backoffMs: 1_000, maxBackoffMs: 10_000 };
    for (const retryAfterMs of [1e25, Number.POSITIVE_INFINITY])
      expect(backoffDelay(1, bounds, { retryAfterMs, random: 0.5 })).toBe(LONGEST_WAIT_MS);
    for (const retryAfterMs of [Number.NaN, -1])
      expect(backoffDelay(1, bounds, { retryAfterMs, random: 0.5 })).toBe(500);
  });
});

describe('model/backoff: rate limits', () => {
  it.each([
    ['as long as it asks for', 7_000, 7_000],
    ['for whole milliseconds', 0.5, 1],
    ['at least for a moment', 0, 1],
    ['for a minute where it does not say', undefined, 60_000],
    ['for a minute where it says nothing that makes sense', Number.NaN, 60_000],
    ['for the longest wait', LONGEST_WAIT_MS, LONGEST_WAIT_MS],
    ['not at all where it asks for more', LONGEST_WAIT_MS + 1, undefined],
    ['not at all where it asks for ever', Number.POSITIVE_INFINITY, undefined],
  ])('leave a registry alone %s', (_, retryAfterMs, delayMs) => {
    expect(rateLimitDelay(retryAfterMs)).toBe(delayMs);
  });
});
