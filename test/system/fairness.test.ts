import { describe, expect, it } from 'vitest';
import { playFairness } from './fairness.ts';

describe('system/fairness', () => {
  it('begins the run and the copy of an operator within 5 s behind a long run and four slow expansions', async () => {
    const { startedAfterMs, problems } = await playFairness(1_000);
    expect(problems).toEqual([]);
    // Five seconds, and what a busy machine takes.
    expect(startedAfterMs.enqueue).toBeLessThan(10_000);
    expect(startedAfterMs.copy).toBeLessThan(10_000);
  });
});
