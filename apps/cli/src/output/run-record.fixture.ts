import { type RunRecord, RunTally } from '@regfleet/fleet';

type RunParts = Partial<Omit<RunRecord, 'counts'>> & { readonly counts?: Partial<RunRecord['counts']> };

/** An expanded run of which nothing is counted but what the test says. */
export function runRecord({ counts, ...rest }: RunParts = {}): RunRecord {
  const tally = new RunTally({ id: 'run', trigger: 'schedule' });
  tally.expanded();
  const { record } = tally;
  return { ...record, startedAtMs: 0, ...rest, counts: { ...record.counts, ...counts } };
}
