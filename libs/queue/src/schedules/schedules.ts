import {
  newRunId,
  type ReconcileReport,
  type RunTrigger,
  type ScheduleSpec,
  type Schedules,
  type StartTask,
  type TaskStatus,
  type TaskTimes,
} from '@regfleet/fleet';
import { nextCronFiring, toSyncError } from '@regfleet/model';
import type { Queue, RepeatOptions } from 'bullmq';
import type { Internals } from '../jobs/internals.ts';
import { plannedJobId } from '../jobs/names.ts';
import { readRunPayload, writeRunPayload } from '../jobs/payload.ts';
import { FIRING_PRIORITY } from '../jobs/priority.ts';
import { CLOCK_SKEW_MS, clockDifferenceMs } from '../redis/clock.ts';
import { explained } from '../redis/wrong-type.ts';
import { noteKnown } from './known-tasks.ts';
import { type Ailment, findAilment, findLoss, type Scheduler } from './schedule-health.ts';
import { readTaskStatus, readTaskTimes } from './task-status.ts';

// An expansion lists registries; what fails is worth a few tries within the quarter of an hour, then the next firing is due anyhow.
const RUN_ATTEMPTS = 5;
const RUN_JOB = { attempts: RUN_ATTEMPTS };

/** What becomes of a schedule that Redis holds. */
interface Found {
  /** Absent: it is gone though it was there at the last look. */
  readonly scheduler?: Scheduler;
  readonly ailment: Ailment | undefined;
}

export class FleetSchedules implements Schedules {
  readonly #internals: Internals;
  /** The schedules that the last reconcile of this process left there, with their next firing where that was known. */
  #left: ReadonlyMap<string, number | undefined> = new Map();
  /** The log has been told that clocks differ, and they still do. */
  #isClockTold = false;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  async reconcile(specs: readonly ScheduleSpec[]): Promise<ReconcileReport> {
    const schedulers = await this.#schedulers();
    const report = {
      added: [] as string[],
      changed: [] as string[],
      removed: [] as string[],
      repaired: [] as string[],
      failed: [] as string[],
    };
    await noteKnown(this.#internals, specs);
    const wanted = new Set(specs.map(({ task }) => task));
    for (const task of schedulers.keys()) {
      if (wanted.has(task)) continue;
      const { queues, unreadable } = this.#internals;
      const key = schedulerKey(queues.runs, task);
      const isRemoved = await unreadable.unless(key, () => queues.runs.removeJobScheduler(task));
      if (isRemoved !== undefined) report.removed.push(task);
    }
    const isClockTrusted = await this.#isClockTrusted();
    const left = new Map<string, number | undefined>();
    for (const spec of specs) {
      const scheduler = schedulers.get(spec.task);
      const found = schedulers.has(spec.task)
        ? await this.#find(spec, scheduler, isClockTrusted)
        : await this.#findLost(spec);
      left.set(spec.task, scheduler?.next ?? undefined);
      if (found !== undefined && found.ailment === undefined && isCurrent(found.scheduler, spec)) continue;
      const result = await this.#tryUpsert(spec, found);
      report[result].push(spec.task);
      if (result === 'failed') left.delete(spec.task);
    }
    this.#left = left;
    return report;
  }

  async next(task: string): Promise<number | undefined> {
    const scheduler = await this.#internals.queues.runs.getJobScheduler(task);
    return scheduler?.next ?? undefined;
  }

  async fire(task: string, trigger: RunTrigger): Promise<string> {
    const runId = newRunId(Date.now());
    await this.#fireAs(runId, task, trigger);
    return runId;
  }

  async #fireAs(runId: string, task: string, trigger: RunTrigger): Promise<void> {
    await this.#internals.queues.runs.add('run', writeRunPayload(task, trigger), {
      ...RUN_JOB,
      jobId: runId,
      priority: FIRING_PRIORITY[trigger],
    });
  }

  async fireStartTasks(
    tasks: readonly StartTask[],
    { coldStart }: { coldStart: boolean },
  ): Promise<Map<string, string>> {
    const { client, keys, unreadable } = this.#internals;
    await noteKnown(this.#internals, tasks);
    // Read in any case: what cannot be noted in there would be fired again and again.
    const noted = await explained(client.hgetall(keys.startTasks));
    const fired = coldStart ? {} : noted;
    const runs = new Map<string, string>();
    for (const { task, fingerprint } of tasks) {
      if (fired[task] === fingerprint && !(await this.#isStartLost(task))) continue;
      const runId = newRunId(Date.now());
      // The claim of the run takes it back: until then the job must be there.
      await unreadable.unless(keys.task(task), () => client.hset(keys.task(task), 'startRunId', runId));
      await this.#fireAs(runId, task, 'start');
      runs.set(task, runId);
      await client.hset(keys.startTasks, task, fingerprint);
    }
    return runs;
  }

  /** A one-off task fires once: if its job goes before a run begins with it, nothing else would ever run the task. */
  async #isStartLost(task: string): Promise<boolean> {
    const { client, keys, logger, queues, unreadable } = this.#internals;
    const read = () => unreadable.unless(keys.task(task), () => client.hget(keys.task(task), 'startRunId'));
    const runId = await read();
    if (runId == null || (await queues.runs.getJobState(runId)) !== 'unknown') return false;
    if ((await read()) !== runId) return false;
    logger.warn({ task, run: runId }, 'the start of a one-off task was lost, it is fired again');
    return true;
  }

  times(tasks: readonly string[]): Promise<TaskTimes[]> {
    return readTaskTimes(this.#internals, tasks);
  }

  async status(tasks?: readonly string[]): Promise<TaskStatus[]> {
    const { client, keys, queues, unreadable } = this.#internals;
    const key = queues.runs.toKey('repeat');
    const schedulers =
      (await unreadable.unless(key, () => this.#schedulers())) ?? new Map<string, undefined>();
    const known = tasks ?? (await client.zrange(keys.tasks, 0, -1));
    const all = tasks ?? [...new Set([...schedulers.keys(), ...known])].sort();
    return readTaskStatus(this.#internals, all, (task) => schedulers.get(task)?.next);
  }

  /** By task, each read for itself: one that cannot be read must not hide the others. Absent: it has to be replaced. */
  async #schedulers(): Promise<Map<string, Scheduler | undefined>> {
    const { client, queues, unreadable } = this.#internals;
    const tasks = await explained(client.zrange(queues.runs.toKey('repeat'), 0, -1));
    const read = (task: string): Promise<Scheduler | undefined> =>
      unreadable.unless(schedulerKey(queues.runs, task), () => queues.runs.getJobScheduler(task));
    return new Map(await Promise.all(tasks.map(async (task) => [task, await read(task)] as const)));
  }

  async #isClockTrusted(): Promise<boolean> {
    const { client, logger } = this.#internals;
    const differenceMs = await clockDifferenceMs(client);
    const isTrusted = Math.abs(differenceMs) <= CLOCK_SKEW_MS;
    if (!isTrusted && !this.#isClockTold) {
      logger.warn(
        { redisIsAheadMs: differenceMs },
        "the clocks of this machine and of Redis' machine differ: schedules fire at wrong times",
      );
    }
    this.#isClockTold = !isTrusted;
    return isTrusted;
  }

  async #find(
    spec: ScheduleSpec,
    scheduler: Scheduler | undefined,
    isClockTrusted: boolean,
  ): Promise<Found | undefined> {
    if (scheduler === undefined) return undefined;
    const { queues, unreadable } = this.#internals;
    const ailment = await unreadable.unless(schedulerKey(queues.runs, spec.task), () =>
      findAilment(this.#internals, scheduler, { spec, isClockTrusted }),
    );
    return { scheduler, ailment };
  }

  /** Redis may have lost it, and what was under way with it: restarted without persistence, flushed, a replica that was behind. */
  async #findLost({ task }: ScheduleSpec): Promise<Found | undefined> {
    if (!this.#left.has(task)) return undefined;
    return { ailment: await findLoss(this.#internals, task, this.#left.get(task)) };
  }

  /** One schedule that BullMQ refuses must not keep the others from being set. */
  async #tryUpsert(
    spec: ScheduleSpec,
    found: Found | undefined,
  ): Promise<'added' | 'changed' | 'repaired' | 'failed'> {
    try {
      if (found?.ailment !== undefined) await this.#remove(spec);
      await this.#upsert(spec, found);
      if (found === undefined) return 'added';
      const isSame = found.scheduler === undefined || isCurrent(found.scheduler, spec);
      if (found.ailment === undefined || !isSame) return 'changed';
      this.#tellRepaired(spec.task, found);
      return 'repaired';
    } catch (error) {
      this.#internals.logger.error({ task: spec.task, error: toSyncError(error) }, 'a schedule was refused');
      return 'failed';
    }
  }

  #tellRepaired(task: string, { scheduler, ailment }: Found): void {
    const next = scheduler?.next;
    this.#internals.logger.warn(
      { task, was: ailment?.reason, ...(next != null && { nextAtMs: next }) },
      'a schedule was dead and has been set again',
    );
  }

  /** BullMQ keeps a next firing that is too far ahead, and plans none whose job is there already, though it has ended. */
  async #remove(spec: ScheduleSpec): Promise<void> {
    const { queues } = this.#internals;
    await queues.runs.removeJobScheduler(spec.task);
    if ('everyMs' in spec) return;
    const jobId = plannedJobId(spec.task, nextCronFiring(spec, Date.now()));
    if ((await queues.runs.getJobState(jobId)) !== 'active') await queues.runs.remove(jobId);
  }

  async #upsert(spec: ScheduleSpec, found: Found | undefined): Promise<void> {
    await this.#internals.queues.runs.upsertJobScheduler(spec.task, repeatOptions(spec), {
      name: 'run',
      data: writeRunPayload(spec.task, 'schedule', spec.fingerprint),
      opts: { ...RUN_JOB, priority: FIRING_PRIORITY.schedule },
    });
    // BullMQ reckons a cron's next slot from now and drops the one that fell due while nobody was there.
    if ('pattern' in spec && spec.catchUp !== 'none' && isFiringLost(found))
      await this.fire(spec.task, 'schedule');
  }
}

const schedulerKey = (runs: Queue, task: string): string => runs.toKey(`repeat:${task}`);

function repeatOptions(spec: ScheduleSpec): Omit<RepeatOptions, 'key'> {
  if ('everyMs' in spec) return { every: spec.everyMs };
  return { pattern: spec.pattern, ...(spec.timezone !== undefined && { tz: spec.timezone }) };
}

function isFiringLost(found: Found | undefined): boolean {
  if (found === undefined) return false;
  const { scheduler, ailment } = found;
  if (ailment !== undefined) return ailment.isFiringLost;
  return scheduler?.pattern !== undefined && scheduler.next !== undefined && scheduler.next < Date.now();
}

function isCurrent(scheduler: Scheduler | undefined, spec: ScheduleSpec): boolean {
  if (scheduler === undefined) return false;
  const isSameTime =
    'everyMs' in spec
      ? Number(scheduler.every) === spec.everyMs
      : scheduler.pattern === spec.pattern && scheduler.tz === spec.timezone;
  return isSameTime && fingerprintOf(scheduler) === spec.fingerprint;
}

/** Absent when the template is unreadable: then it is replaced. */
function fingerprintOf(scheduler: Scheduler): string | undefined {
  try {
    return readRunPayload(scheduler.template?.data).fingerprint;
  } catch {
    return undefined;
  }
}
