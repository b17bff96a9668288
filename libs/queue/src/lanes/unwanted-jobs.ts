import type { Internals } from '../jobs/internals.ts';
import { parseCopyJobId } from '../jobs/names.ts';
import { JOB_SKIPPED } from '../runs/scripts/register-jobs.ts';

/** Which copies under way their runs do not wait for any more, since somebody has cancelled them: the signal may have been lost. */
export async function unwantedJobs(
  { client, keys }: Internals,
  jobIds: readonly string[],
): Promise<string[]> {
  const pipeline = client.pipeline();
  for (const jobId of jobIds) {
    const { runId, name } = parseCopyJobId(jobId);
    pipeline.hexists(keys.run(runId), 'finishedAtMs').hget(keys.runJobs(runId), name);
  }
  const replies = (await pipeline.exec()) ?? [];
  return jobIds.filter(
    (_, index) => replies[2 * index]?.[1] === 1 || replies[2 * index + 1]?.[1] === JOB_SKIPPED,
  );
}
