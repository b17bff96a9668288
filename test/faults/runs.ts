import { eventually, type Regfleet } from '@regfleet/harness';
import type { Run } from '../system/site.ts';

// All that Redis keeps of one trial.
const MOST = '1000';

/** All runs, newest first; asked for again while Redis is away. */
export function runsOf(regfleet: Regfleet): Promise<readonly Run[]> {
  return eventually(
    async () => ((await regfleet.json(['runs', '--limit', MOST])) as { runs: readonly Run[] }).runs,
    { deadlineMs: 120_000, intervalMs: 500, what: 'the list of runs' },
  );
}

const done = ({ counts }: Run): number => counts.copied + counts.unchanged + counts.failed;

/** What is wrong with the counts of runs that were to have ended. */
export function problemsOf(runs: readonly Run[]): string[] {
  return runs.flatMap((run) => {
    const { enqueued } = run.counts;
    const named = `run ${run.id} of ${run.task}`;
    if (run.outcome === undefined) return [`${named} has not ended: ${JSON.stringify(run.counts)}`];
    if (run.outcome === 'skipped') return [];
    if (run.outcome === 'cancelled')
      return done(run) <= enqueued ? [] : [`${named} was cancelled: ${done(run)} of ${enqueued} are done`];
    if (done(run) === enqueued && run.expanded) return [];
    return [`${named} ended as ${run.outcome} with ${JSON.stringify(run.counts)}`];
  });
}

export type Totals = Readonly<Record<keyof Run['counts'], number>>;

export function totalsOf(runs: readonly Run[]): Totals {
  const totals: Record<string, number> = { enqueued: 0, copied: 0, unchanged: 0, failed: 0, skipped: 0 };
  for (const { counts } of runs)
    for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count;
  return totals as Totals;
}

/** Errors of which no registry is the cause. */
export const ownErrors = (runs: readonly Run[]): string[] =>
  runs.flatMap((run) =>
    run.errors
      .filter(({ side }) => side === undefined)
      .map(({ code, message, reference }) => `run ${run.id}: ${code} ${reference ?? ''}: ${message}`),
  );
