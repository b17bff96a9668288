import type { Task } from '@regfleet/config';
import { type FleetStore, INTERRUPTED, type RunRecord, RunTally } from '@regfleet/fleet';
import { scheduleSpecs } from '@regfleet/scheduler';
import type { FollowedRuns } from './followed-runs.ts';

export interface RunTasksOptions {
  readonly once: boolean;
  /** Keeps tasks from being run again; what is under way ends by itself. */
  readonly signal: AbortSignal;
  readonly fleet: Pick<FleetStore, 'runs' | 'schedules'>;
  readonly followed: FollowedRuns;
}

/**
 * Runs every task once, one-off tasks first, and the periodic ones again whenever they are due unless `once`.
 *
 * As in dregsy the order of the file decides which one-off task writes last, and which finds what another has written:
 * those whose registries overlap run one after the other, others at once.
 *
 * @returns the last run of each task, once no task is due again or the signal aborts.
 */
export async function runTasks(tasks: readonly Task[], options: RunTasksOptions): Promise<RunRecord[]> {
  const { once, signal, fleet } = options;
  const fire = async (task: Task): Promise<RunRecord> =>
    signal.aborted ? neverRun(task) : fleet.runs.wait(await fleet.schedules.fire(task.id, 'start'));
  const oneOff = new Map<Task, Promise<RunRecord>>();
  for (const task of tasks.filter(isOneOff)) oneOff.set(task, runAfter(task, oneOff, fire));
  await Promise.all(oneOff.values());
  const periodic = tasks.filter((task) => !isOneOff(task));
  const last = once ? await runEach(periodic, fire) : await repeat(periodic, options);
  return Promise.all(tasks.map((task) => oneOff.get(task) ?? last.get(task.id) ?? neverRun(task)));
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
  const [written, alsoWritten] = [writtenBy(one), writtenBy(other)];
  return (
    !written.isDisjointFrom(alsoWritten) ||
    written.has(other.source.registry.host) ||
    alsoWritten.has(one.source.registry.host)
  );
}

const writtenBy = ({ targets }: Task): ReadonlySet<string> =>
  new Set(targets.map(({ registry }) => registry.host));

async function runEach(
  tasks: readonly Task[],
  run: (task: Task) => Promise<RunRecord>,
): Promise<ReadonlyMap<string, RunRecord>> {
  const runs = await Promise.all(tasks.map(run));
  return new Map(tasks.map(({ id }, index) => [id, runs[index] as RunRecord]));
}

/** Each at once, and again by its schedule. @returns the last runs, once the signal has aborted and all have ended. */
async function repeat(
  tasks: readonly Task[],
  { signal, fleet, followed }: RunTasksOptions,
): Promise<ReadonlyMap<string, RunRecord>> {
  if (tasks.length === 0 || signal.aborted) return followed.last;
  followed.expect(tasks.map(({ id }) => id));
  await fleet.schedules.reconcile(scheduleSpecs(tasks));
  // A schedule by the clock waits for its time; who starts a sync wants to see it work.
  for (const { id, schedule } of tasks)
    if (schedule?.kind === 'cron') await fleet.schedules.fire(id, 'start');
  await new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', resolve, { once: true });
  });
  await fleet.schedules.reconcile([]);
  await followed.ended();
  return followed.last;
}

/** Of a task whose turn did not come before the round had to end. */
function neverRun({ id }: Task): RunRecord {
  const tally = new RunTally({ id, task: id, trigger: 'start' });
  tally.cancel(INTERRUPTED);
  tally.finish();
  return tally.record;
}
