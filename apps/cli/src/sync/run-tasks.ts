import { nextFiring, type Task } from '@regfleet/config';
import type { RunRecord } from '@regfleet/queue';
import { sleepUntil } from './sleep.ts';

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
    await sleepUntil(Math.max(dueAtMs, Date.now() + pauseMs), signal).catch(() => undefined);
    if (signal.aborted) return record;
  }
}
