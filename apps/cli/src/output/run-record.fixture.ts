import type { RunRecord } from '@regfleet/fleet';

type RunParts = Partial<Omit<RunRecord, 'counts'>> & { readonly counts?: Partial<RunRecord['counts']> };

/** An expanded run of which nothing is counted but what the test says. */
export const runRecord = ({ counts, ...rest }: RunParts = {}): RunRecord => ({
  id: 'run',
  trigger: 'schedule',
  startedAtMs: 0,
  expanded: true,
  errors: [],
  ...rest,
  counts: {
    repositories: 0,
    listed: 0,
    selected: 0,
    inSync: 0,
    enqueued: 0,
    copied: 0,
    unchanged: 0,
    failed: 0,
    skipped: 0,
    ...counts,
  },
});
