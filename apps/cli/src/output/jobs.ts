import type { LaneJob } from '@regfleet/fleet';
import { formatReference } from '@regfleet/model';
import { shownError } from './errors.ts';
import { formatRelative } from './quantities.ts';
import { formatTable } from './table.ts';

const HEADINGS = ['job', 'state', 'when', 'relay', 'tries', 'image', 'error'];

/** A row per copy. */
export function formatJobs(
  jobs: readonly LaneJob[],
  {
    failed,
    nowMs,
    hasMore,
    columns,
  }: { failed: boolean; nowMs: number; hasMore: boolean; columns?: number | undefined },
): string {
  if (jobs.length === 0) return failed ? 'no copy has failed' : 'no copy is under way, and none waits';
  const table = formatTable(
    HEADINGS,
    jobs.map((job) => rowOf(job, nowMs)),
    { align: { tries: 'right' }, columns },
  );
  return hasMore ? `${table}\nthere are more: --limit shows more than ${jobs.length}` : table;
}

function rowOf(job: LaneJob, nowMs: number): string[] {
  const { failedAtMs, takenAtMs, dueAtMs, queuedAtMs } = job;
  return [
    job.jobId,
    job.state,
    formatRelative(failedAtMs ?? takenAtMs ?? dueAtMs ?? queuedAtMs, nowMs),
    job.request.relay,
    String(job.attempts),
    formatReference(job.request.source),
    job.error === undefined ? '' : shownError(job.error),
  ];
}
