import { nextFiring, type Task } from '@regfleet/config';
import type { RunRecord } from '@regfleet/fleet';
import { sleepUntil } from '@regfleet/fleet';

export interface NextRun {
  readonly task: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

export interface RunTasksOptions {
  readonly once: boolean;
  readonly signal: AbortSignal;
  /** Nothing runs, and this is what runs next, of several at once the first one of the file. */
  readonly onIdle?: (next: NextRun) => void;
}

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
  options: RunTasksOptions,
  run: (task: Task) => Promise<RunRecord>,
): Promise<RunRecord[]> {
  const oneOff = new Map<Task, Promise<RunRecord>>();
  for (const task of tasks.filter(isOneOff)) oneOff.set(task, runAfter(task, oneOff, run));
  await Promise.all(oneOff.values());
  const periodic = tasks.filter((task) => !isOneOff(task));
  const waiting = new Map<Task, number>();
  const rest = async (task: Task, untilMs: number): Promise<void> => {
    waiting.set(task, untilMs);
    if (waiting.size === periodic.length) options.onIdle?.(earliest(periodic, waiting));
    await sleepUntil(untilMs, options.signal).catch(() => undefined);
    waiting.delete(task);
  };
  return Promise.all(tasks.map((task) => oneOff.get(task) ?? runTask(task, { ...options, rest }, run)));
}

function earliest(tasks: readonly Task[], dueAtMs: ReadonlyMap<Task, number>): NextRun {
  const due = tasks.map((task) => ({ task: task.id, atMs: dueAtMs.get(task) ?? Number.POSITIVE_INFINITY }));
  return due.reduce((first, other) => (other.atMs < first.atMs ? other : first));
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
  const [written, alsoWritten] = [one.target.registry.host, other.target.registry.host];
  return (
    written === alsoWritten ||
    written === other.source.registry.host ||
    one.source.registry.host === alsoWritten
  );
}

async function runTask(
  task: Task,
  {
    once,
    signal,
    rest,
  }: {
    once: boolean;
    signal: AbortSignal;
    /** Until it is due again, or the signal aborts. */
    rest(task: Task, untilMs: number): Promise<void>;
  },
  run: (task: Task) => Promise<RunRecord>,
): Promise<RunRecord> {
  for (;;) {
    const startedAtMs = Date.now();
    const record = await run(task);
    if (once || task.schedule === undefined || signal.aborted) return record;
    const dueAtMs = nextFiring(task.schedule, startedAtMs);
    const pauseMs = task.schedule.kind === 'interval' ? task.schedule.everyMs / 2 : 0;
    await rest(task, Math.max(dueAtMs, Date.now() + pauseMs));
    if (signal.aborted) return record;
  }
}
