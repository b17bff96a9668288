import type { Processes, WorkerStatus } from '@regfleet/fleet';

// Schedulers that are restarted, or replaced one after the other, leave a gap that is no downtime.
const GRACE_MS = 60_000;

/**
 * Whether a firing was missed, since no scheduler ran when it was due or soon after. One that others let wait was not.
 *
 * @param startedAtMs - of this process.
 */
export async function isMissed(
  dueAtMs: number,
  startedAtMs: number,
  processes: Pick<Processes, 'list'>,
): Promise<boolean> {
  const ran = (since: number): boolean => since <= dueAtMs + GRACE_MS;
  if (ran(startedAtMs)) return false;
  const isScheduler = ({ role }: WorkerStatus): boolean => role === 'scheduler';
  return !(await processes.list()).some((other) => isScheduler(other) && ran(other.startedAtMs));
}
