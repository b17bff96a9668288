import { describe, expect, it } from 'vitest';
import { runRecord } from './run-record.fixture.ts';
import { formatRuns, runProgressLine } from './runs.ts';

describe('cli/output/runs', () => {
  it('leaves out columns that are 0 for all runs', () => {
    const ended = { outcome: 'succeeded', finishedAtMs: 2_000 } as const;
    const runs = [
      runRecord({ id: 'a', task: 'app', ...ended, counts: { copied: 3 } }),
      runRecord({ id: 'b', task: 'base', ...ended, counts: { failed: 12 } }),
    ];
    expect(formatRuns(runs).split('\n')).toEqual([
      'run  task  outcome    copied  failed  took',
      'a    app   succeeded       3       0  2s',
      'b    base  succeeded       0      12  2s',
    ]);
    expect(formatRuns([runRecord({ id: 'a', task: 'app', ...ended })]).split('\n')[0]).toBe(
      'run  task  outcome    took',
    );
  });

  it('tells how many copies are under way, and for how long', () => {
    const run = runRecord({ counts: { enqueued: 6 } });
    const copies = { count: 2, longestMs: 14_000 };
    expect(runProgressLine([run], { elapsedMs: 15_000, copies })).toBe(
      '0/6 images, 2 under way, the first for 14s',
    );
  });
});
