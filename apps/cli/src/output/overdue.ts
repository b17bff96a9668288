import { nextFiring, type Task } from '@regfleet/config';
import type { TaskStatus } from '@regfleet/fleet';

// A firing waits for the look of the house-keeping at most, unless the schedulers are busy or gone.
const GRACE_MS = 60_000;

/**
 * For how long a run of the task should have begun, in milliseconds; absent: none should.
 *
 * Read off the schedule of the config as well as off what Redis has planned, since that may be wrong or lost.
 */
export function overdueMs(
  { schedule }: Pick<Task, 'schedule'>,
  status: TaskStatus,
  nowMs: number,
): number | undefined {
  if (schedule === undefined) return undefined;
  const dueMs = [status.nextAtMs, dueAfterLastRun(schedule, status, nowMs)].filter((ms) => ms !== undefined);
  const lateMs = nowMs - Math.min(...dueMs);
  return lateMs > GRACE_MS ? lateMs : undefined;
}

function dueAfterLastRun(
  schedule: NonNullable<Task['schedule']>,
  { activeRunId, lastRun, knownSinceMs, nextAtMs }: TaskStatus,
  nowMs: number,
): number | undefined {
  if (activeRunId !== undefined) return undefined;
  const ranAtMs = lastRun && Math.max(lastRun.startedAtMs, lastRun.finishedAtMs ?? 0);
  const isToCome = ranAtMs !== undefined && ranAtMs > nowMs + GRACE_MS;
  // A clock was wrong when the last run was noted: nobody knows when it was, and a plan that fits is all there is.
  if (isToCome && nextAtMs !== undefined && nextAtMs <= nextFiring(schedule, nowMs + GRACE_MS))
    return undefined;
  const sinceMs = isToCome ? knownSinceMs : (ranAtMs ?? knownSinceMs);
  if (sinceMs === undefined) return undefined;
  const dueMs = nextFiring(schedule, sinceMs);
  // A firing that comes within half an interval after a run is skipped.
  return schedule.kind === 'interval' ? dueMs + schedule.everyMs / 2 : dueMs;
}
