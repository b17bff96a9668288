import { copyJobId, parseLane } from '@regfleet/fleet';
import { parseJson } from '@regfleet/model';
import type { Internals } from '../jobs/internals.ts';
import { readCopyPayload } from '../jobs/payload.ts';
import type { PendingJob, SettledImage } from '../runs/run-store.ts';

/** Which image a job that has ended was for; absent: the job is gone, or cannot be read. */
export async function endedImage(
  { client, queues, unreadable }: Internals,
  runId: string,
  { name, lane }: PendingJob,
): Promise<SettledImage | undefined> {
  const parts = parseLane(lane);
  if (parts === undefined) return undefined;
  const key = queues.get(lane).toKey(copyJobId(runId, name));
  // Attempts made, in BullMQ's abbreviation.
  const fields = await unreadable.unless(key, () => client.hmget(key, 'data', 'atm'));
  const [data, attemptsMade] = fields ?? [];
  if (data == null) return undefined;
  try {
    const { request } = readCopyPayload(parseJson(data), parts);
    const made = Number(attemptsMade);
    return { request, attempts: Number.isSafeInteger(made) && made > 0 ? made : 1 };
  } catch {
    return undefined;
  }
}
