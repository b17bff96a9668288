import { copyJobId, parseLane } from '@regfleet/fleet';
import type { Queue } from 'bullmq';
import type { Internals } from '../jobs/internals.ts';
import type { PendingJob } from '../runs/run-store.ts';

/** In which a job waits for a worker or is with one. */
const STATES = ['wait', 'active', 'prioritized', 'delayed'] as const;

/**
 * Removes those of the jobs that are there and in no state: whatever held them was evicted or deleted, so that no worker ever
 * gets them, while each further copy to the same target waits for them.
 *
 * @param jobs - of one run, none of which has ended.
 * @returns those that were removed.
 */
export async function removeStranded<Sought extends PendingJob>(
  { queues, unreadable, keys }: Internals,
  runId: string,
  jobs: readonly Sought[],
): Promise<ReadonlySet<Sought>> {
  const removed = new Set<Sought>();
  for (const [lane, group] of Map.groupBy(jobs, (job) => job.lane)) {
    if (parseLane(lane) === undefined) continue;
    await unreadable.unless(keys.root + lane, async () => {
      const queue = queues.get(lane);
      // Asked of each job only where some must be missing: thousands may wait.
      if ((await queue.getJobCountByTypes(...STATES)) >= group.length) return;
      for (const job of group)
        if (await removeIfStranded(queue, copyJobId(runId, job.name))) removed.add(job);
    });
  }
  return removed;
}

/** @returns whether the job is gone now or was before; one that a worker still works on is not removed. */
export async function removeIfStranded(queue: Queue, jobId: string): Promise<boolean> {
  return (await queue.getJobState(jobId)) === 'unknown' && (await queue.remove(jobId)) === 1;
}
