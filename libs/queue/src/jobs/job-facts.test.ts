import { DEFERRAL_LIMIT_MS } from '@regfleet/fleet';
import { describe, expect, it } from 'vitest';
import { jobFacts, sinceFirstMs } from './job-facts.ts';

const NOW_MS = 1_700_000_000_000;
const MINUTE_MS = 60_000;
const job = { timestamp: NOW_MS - MINUTE_MS, attemptsMade: 1, opts: { attempts: 3 } };

describe('queue/jobs/job-facts', () => {
  it('believes what BullMQ writes', () => {
    expect(jobFacts(job, NOW_MS)).toEqual({ attempt: 2, attempts: 3, ageMs: MINUTE_MS });
    expect(jobFacts({ ...job, opts: {} }, NOW_MS).attempts).toBe(1);
  });

  it.each([
    [NOW_MS + MINUTE_MS, 0],
    [9e15, DEFERRAL_LIMIT_MS],
    [Number.NaN, DEFERRAL_LIMIT_MS],
    [Number.POSITIVE_INFINITY, DEFERRAL_LIMIT_MS],
  ])('takes a job of the time %d for one of age %d', (timestamp, ageMs) => {
    expect(jobFacts({ ...job, timestamp }, NOW_MS).ageMs).toBe(ageMs);
  });

  it.each([-1, -1e15, Number.NaN, 1e300])(
    'leaves a job that was tried %d times no further try',
    (attemptsMade) => {
      const { attempt, attempts } = jobFacts({ ...job, attemptsMade, opts: { attempts: 1e15 } }, NOW_MS);
      expect(attempt).toBeGreaterThanOrEqual(attempts);
    },
  );

  it.each(['many', Number.NaN, -5, null])('gives a job with %j attempts one', (attempts) => {
    expect(jobFacts({ ...job, opts: { attempts } }, NOW_MS).attempts).toBe(1);
  });

  it('counts hand-backs from the first one, at most from when the job was queued', () => {
    expect(sinceFirstMs(undefined, MINUTE_MS, NOW_MS)).toBeUndefined();
    expect(sinceFirstMs(NOW_MS - 1_000, MINUTE_MS, NOW_MS)).toBe(1_000);
    expect(sinceFirstMs(NOW_MS + 1_000, MINUTE_MS, NOW_MS)).toBe(0);
    expect(sinceFirstMs(-1e18, MINUTE_MS, NOW_MS)).toBe(MINUTE_MS);
    expect(sinceFirstMs(1e18, MINUTE_MS, NOW_MS)).toBeUndefined();
  });
});
