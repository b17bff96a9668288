import { copyIdentity, copyName, RUN_SUFFIX_LENGTH, runIdAt, shortHash } from '@regfleet/fleet';
import type { CopyRequest } from '@regfleet/model';

/** The queue of task firings. */
export const RUNS_QUEUE = 'runs';

// 54 bits: that any two of 10,000 images of a run are alike has a chance of one in 10^8.
const COPY_NAME_LENGTH = 9;
// 60 bits, for all images that a fleet has waiting.
const DEDUPLICATION_LENGTH = 10;

export const nameInRun = (request: CopyRequest): string => copyName(request, COPY_NAME_LENGTH);

/** What must not be waiting twice: BullMQ's deduplication id. */
export const deduplicationId = (request: CopyRequest): string =>
  shortHash(copyIdentity(request), DEDUPLICATION_LENGTH);

/** The inverse of `copyJobId`. */
export function parseCopyJobId(jobId: string): { runId: string; name: string } {
  const dot = jobId.lastIndexOf('.');
  return { runId: jobId.slice(0, dot), name: jobId.slice(dot + 1) };
}

const SCHEDULED_JOB = /^repeat:.*:(\d+)$/s;

/** BullMQ's id of the job that fires a schedule next. */
export const plannedJobId = (task: string, nextMs: number): string => `repeat:${task}:${nextMs}`;

/** When a job on the `runs` queue is due by its schedule, in epoch milliseconds; absent: somebody fired it. */
export function slotOfJob(jobId: string): number | undefined {
  const slotMs = SCHEDULED_JOB.exec(jobId)?.[1];
  return slotMs === undefined ? undefined : Number(slotMs);
}

/** The run of a job on the `runs` queue: always the same for the same job, so that a redelivered one resumes its run. */
export function runIdOfJob(jobId: string): string {
  const slotMs = slotOfJob(jobId);
  return slotMs === undefined ? jobId : runIdAt(slotMs, shortHash(jobId, RUN_SUFFIX_LENGTH));
}
