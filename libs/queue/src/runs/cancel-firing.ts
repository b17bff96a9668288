import { CANCELLED, MOST_QUEUED } from '@regfleet/fleet';
import type { Job } from 'bullmq';
import { runIdOfJob } from '../jobs/names.ts';
import { readRunPayload } from '../jobs/payload.ts';
import type { FleetInternals } from './run-store.ts';

/** Ends a firing that no scheduler has begun: its run is recorded, so that whoever waits for it hears of its end. @returns whether there was one. */
export async function cancelFiring(internals: FleetInternals, runId: string): Promise<boolean> {
  const { book, queues } = internals;
  const job = await findFiring(internals, runId);
  if (job === undefined) return false;
  const { task, trigger } = readRunPayload(job.data);
  const claim = await book.claim({ runId, task, trigger, jobId: job.id ?? '' });
  const isEnded = typeof claim === 'object' || (await book.cancel(runId, CANCELLED)) !== undefined;
  // Whoever takes it finds that its run is over. One of a schedule stays: the next one is planned when it is taken.
  if (job.id === runId) await queues.runs.remove(runId);
  return isEnded;
}

/** Those of operators are named by their run; of others the first that wait are looked through. */
async function findFiring({ queues }: FleetInternals, runId: string): Promise<Job | undefined> {
  const named = await queues.runs.getJob(runId);
  if (named !== undefined) return (await named.isCompleted()) || (await named.isFailed()) ? undefined : named;
  const waiting = await queues.runs.getPrioritized(0, MOST_QUEUED - 1);
  return waiting.find(({ id = '' }) => runIdOfJob(id) === runId);
}
