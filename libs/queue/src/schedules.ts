import { toSyncError } from '@regfleet/model';
import type { JobSchedulerJson, Queue, RepeatOptions } from 'bullmq';
import type { ReconcileReport, Schedules, StartTask } from './api.ts';
import type { RunTrigger, ScheduleSpec, TaskStatus } from './contract.ts';
import type { Internals } from './internals.ts';
import { newRunId } from './names.ts';
import { readRunPayload, writeRunPayload } from './payload.ts';
import { readTaskStatus } from './task-status.ts';
import { explained } from './wrong-type.ts';

// An expansion lists registries; what fails is worth a few tries within the quarter of an hour, then the next firing is due anyhow.
const RUN_ATTEMPTS = 5;
const RUN_JOB = { attempts: RUN_ATTEMPTS };
const PRIORITY: Readonly<Record<RunTrigger, number>> = { operator: 1, start: 2, schedule: 3 };

type Scheduler = JobSchedulerJson<unknown>;

export class FleetSchedules implements Schedules {
  readonly #internals: Internals;

  constructor(internals: Internals) {
    this.#internals = internals;
  }

  async reconcile(specs: readonly ScheduleSpec[]): Promise<ReconcileReport> {
    const schedulers = await this.#schedulers();
    const report = {
      added: [] as string[],
      changed: [] as string[],
      removed: [] as string[],
      failed: [] as string[],
    };
    const wanted = new Set(specs.map(({ task }) => task));
    for (const task of schedulers.keys()) {
      if (wanted.has(task)) continue;
      const { queues, unreadable } = this.#internals;
      const key = schedulerKey(queues.runs, task);
      const isRemoved = await unreadable.unless(key, () => queues.runs.removeJobScheduler(task));
      if (isRemoved !== undefined) report.removed.push(task);
    }
    for (const spec of specs) {
      const existing = schedulers.get(spec.task);
      if (existing !== undefined && isCurrent(existing, spec)) continue;
      const result = await this.#tryUpsert(spec, existing);
      report[result].push(spec.task);
    }
    return report;
  }

  async next(task: string): Promise<number | undefined> {
    const scheduler = await this.#internals.queues.runs.getJobScheduler(task);
    return scheduler?.next ?? undefined;
  }

  async fire(task: string, trigger: RunTrigger): Promise<string> {
    const runId = newRunId(Date.now());
    await this.#internals.queues.runs.add('run', writeRunPayload(task, trigger), {
      ...RUN_JOB,
      jobId: runId,
      priority: PRIORITY[trigger],
    });
    return runId;
  }

  async fireStartTasks(
    tasks: readonly StartTask[],
    { coldStart }: { coldStart: boolean },
  ): Promise<Map<string, string>> {
    const { client, keys } = this.#internals;
    // Read in any case: what cannot be noted in there would be fired again and again.
    const noted = await explained(client.hgetall(keys.startTasks));
    const fired = coldStart ? {} : noted;
    const runs = new Map<string, string>();
    for (const { task, fingerprint } of tasks) {
      if (fired[task] === fingerprint) continue;
      runs.set(task, await this.fire(task, 'start'));
      await client.hset(keys.startTasks, task, fingerprint);
    }
    return runs;
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

  /** One schedule that BullMQ refuses must not keep the others from being set. */
  async #tryUpsert(
    spec: ScheduleSpec,
    existing: Scheduler | undefined,
  ): Promise<'added' | 'changed' | 'failed'> {
    try {
      await this.#upsert(spec, existing);
      return existing === undefined ? 'added' : 'changed';
    } catch (error) {
      this.#internals.logger.error({ task: spec.task, error: toSyncError(error) }, 'a schedule was refused');
      return 'failed';
    }
  }

  async #upsert(spec: ScheduleSpec, existing: Scheduler | undefined): Promise<void> {
    await this.#internals.queues.runs.upsertJobScheduler(spec.task, repeatOptions(spec), {
      name: 'run',
      data: writeRunPayload(spec.task, 'schedule', spec.fingerprint),
      opts: { ...RUN_JOB, priority: PRIORITY.schedule },
    });
    // BullMQ reckons a cron's next slot from now and drops the one that fell due while nobody was there.
    if ('pattern' in spec && isOverdue(existing)) await this.fire(spec.task, 'schedule');
  }
}

const schedulerKey = (runs: Queue, task: string): string => runs.toKey(`repeat:${task}`);

function repeatOptions(spec: ScheduleSpec): Omit<RepeatOptions, 'key'> {
  if ('everyMs' in spec) return { every: spec.everyMs };
  return { pattern: spec.pattern, ...(spec.timezone !== undefined && { tz: spec.timezone }) };
}

const isOverdue = (scheduler: Scheduler | undefined): boolean =>
  scheduler?.pattern !== undefined && scheduler.next !== undefined && scheduler.next < Date.now();

function isCurrent(scheduler: Scheduler, spec: ScheduleSpec): boolean {
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
