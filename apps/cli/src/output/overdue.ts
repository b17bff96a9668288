import { nextFiring, type Task } from '@regfleet/config';
import type { TaskStatus } from '@regfleet/queue';

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
  { activeRunId, lastRun, knownSinceMs }: TaskStatus,
  nowMs: number,
): number | undefined {
  if (activeRunId !== undefined) return undefined;
  const times = [lastRun?.finishedAtMs, lastRun?.startedAtMs, knownSinceMs].filter((ms) => ms !== undefined);
  // Of a time to come nothing follows: a clock was wrong.
  const sinceMs = Math.max(...times.filter((ms) => ms <= nowMs + GRACE_MS));
  if (sinceMs === Number.NEGATIVE_INFINITY) return undefined;
  const dueMs = nextFiring(schedule, sinceMs);
  // A firing that comes within half an interval after a run is skipped.
  return schedule.kind === 'interval' ? dueMs + schedule.everyMs / 2 : dueMs;
}
