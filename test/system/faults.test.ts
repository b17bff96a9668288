import { describe, expect, it } from 'vitest';
import { reportOf } from '../faults/report.ts';
import { runTrial } from '../faults/trial.ts';

const SHORT = { seed: 2_895, images: 110, durationMs: 12_000 } as const;

describe('system/faults', () => {
  // Longer than a trial waits for its runs, so that it says what has not ended.
  it('is exact after faults of processes, Redis, both registries and the operator at once', {
    timeout: 480_000,
  }, async () => {
    const result = await runTrial({ ...SHORT, variant: 'exact' });
    expect(result.problems, reportOf(result)).toEqual([]);
    expect(
      result.events.filter(({ skipped }) => skipped === undefined).length,
      reportOf(result),
    ).toBeGreaterThan(4);
  });
});
