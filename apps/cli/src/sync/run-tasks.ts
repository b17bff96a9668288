import { nextFiring, type Task } from '@regfleet/config';
import { registryHost } from '@regfleet/model';
import type { RunRecord } from '@regfleet/queue';
import { sleepUntil } from './sleep.ts';

/**
 * Runs every task once, one-off tasks first, and the periodic ones again whenever they are due unless `once`.
 *
 * As in dregsy the order of the file decides which one-off task writes last, and which finds what another has written:
 * those whose registries overlap run one after the other, others at once. A task never overlaps itself; a run that lasts
 * longer than its interval is followed by a pause of at least half of it.
 *
 * @param run - one pass over a task.
 * @returns the last run of each task, once no task is due again or the signal aborts.
 * @throws what `run` throws.
 */
export async function runTasks(
  tasks: readonly Task[],
  options: { once: boolean; signal: AbortSignal },
  run: (task: Task) => Promise<RunRecord>,
): Promise<RunRecord[]> {
  const oneOff = new Map<Task, Promise<RunRecord>>();
  for (const task of tasks.filter(isOneOff)) oneOff.set(task, runAfter(task, oneOff, run));
  await Promise.all(oneOff.values());
  return Promise.all(tasks.map((task) => oneOff.get(task) ?? runTask(task, options, run)));
}

const isOneOff = ({ schedule }: Task): boolean => schedule === undefined;

/** Runs the task when those of `earlier` that it must not overtake have ended. */
async function runAfter(
  task: Task,
  earlier: ReadonlyMap<Task, Promise<RunRecord>>,
  run: (task: Task) => Promise<RunRecord>,
): Promise<RunRecord> {
  await Promise.all([...earlier].flatMap(([other, ended]) => (overlap(other, task) ? [ended] : [])));
  return run(task);
}

/** True: one of them writes to a registry that the other reads or writes. */
function overlap(one: Task, other: Task): boolean {
  const [source, target] = [registryHost(one.source.registry), registryHost(one.target.registry)];
  const [otherSource, otherTarget] = [
    registryHost(other.source.registry),
    registryHost(other.target.registry),
  ];
  return target === otherTarget || target === otherSource || source === otherTarget;
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
