import { describe, expect, it } from 'vitest';
import { type AttemptEnd, repeatAfterMs } from './repetition.ts';

describe('registry/http/repetition', () => {
  it.each<[AttemptEnd, number, number | undefined]>([
    [{ status: 200 }, 1, undefined],
    [{ status: 404 }, 1, undefined],
    [{ status: 401 }, 1, undefined],
    [{ status: 501 }, 1, undefined],
    [{ status: 507 }, 1, undefined],
    [{ status: 500 }, 1, 500],
    [{ status: 503 }, 2, 1000],
    [{ status: 503 }, 3, undefined],
    [{ status: 408 }, 1, 500],
    [{ status: 503, retryAfterMs: 3000 }, 1, 3000],
    [{ status: 503, retryAfterMs: 0 }, 1, 500],
    [{ status: 503, retryAfterMs: 60_000 }, 1, undefined],
    [{ status: 429 }, 1, 1000],
    [{ status: 429 }, 3, 4000],
    [{ status: 429 }, 4, undefined],
    [{ status: 429, retryAfterMs: 2000 }, 1, 2000],
    [{ status: 429, retryAfterMs: 2000 }, 2, undefined],
    [{ status: 429, retryAfterMs: 5001 }, 1, undefined],
    [{ code: 'NETWORK_FAILED' }, 1, 500],
    [{ code: 'NETWORK_FAILED' }, 3, undefined],
    [{ code: 'TIMED_OUT' }, 1, 500],
    [{ code: 'TIMED_OUT' }, 2, undefined],
    [{ code: 'TLS_FAILED' }, 1, undefined],
    [{ code: 'REDIRECT_REFUSED' }, 1, undefined],
  ])('after %j in attempt %i waits %j ms at most', (end, attempt, expected) => {
    expect(repeatAfterMs(end, attempt, 1, 1000)).toBe(expected);
  });

  it('spreads those who failed together over half of the wait', () => {
    expect(repeatAfterMs({ status: 500 }, 1, 0, 1000)).toBe(250);
    expect(repeatAfterMs({ status: 500 }, 1, 0.5, 1000)).toBe(375);
  });
});
