import { setTimeout as delay } from 'node:timers/promises';
import { nextFiring, type Task } from '@regfleet/config';
import type { RunRecord } from '@regfleet/queue';

// setTimeout takes no longer waits than 2^31 - 1 ms.
const LONGEST_WAIT_MS = 2_147_483_647;

/**
 * Runs every task once, and the periodic ones again whenever they are due unless `once`.
 *
 * A task never overlaps itself; a run that lasts longer than its interval is followed by a pause of at least half of it, as in dregsy.
 *
 * @param run - one pass over a task.
 * @returns the last run of each task, once no task is due again or the signal aborts.
 * @throws what `run` throws.
 */
export function runTasks(
  tasks: readonly Task[],
  options: { once: boolean; signal: AbortSignal },
  run: (task: Task) => Promise<RunRecord>,
): Promise<RunRecord[]> {
  return Promise.all(tasks.map((task) => runTask(task, options, run)));
}

async function runTask(
  task: Task,
  { once, signal }: { once: boolean; signal: AbortSignal },
  run: (task: Task) => Promise<RunRecord>,
): Promise<RunRecord> {
  for (;;) {
    const startedAtMs = Date.now();
    const record = await run(task);
    if (once || task.schedule === undefined || signal.aborted) return record;
    const dueAtMs = nextFiring(task.schedule, startedAtMs);
    const pauseMs = task.schedule.kind === 'interval' ? task.schedule.everyMs / 2 : 0;
    await sleepUntil(Math.max(dueAtMs, Date.now() + pauseMs), signal);
    if (signal.aborted) return record;
  }
}

/** Returns early when aborted. */
async function sleepUntil(timeMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && Date.now() < timeMs) {
    const waitMs = Math.min(timeMs - Date.now(), LONGEST_WAIT_MS);
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
  }
}
