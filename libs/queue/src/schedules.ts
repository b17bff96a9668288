import { toSyncError } from '@regfleet/model';
import type { JobSchedulerJson, RepeatOptions } from 'bullmq';
import type { ReconcileReport, Schedules, StartTask } from './api.ts';
import type { RunTrigger, ScheduleSpec, TaskStatus } from './contract.ts';
import type { Internals } from './internals.ts';
import { newRunId } from './names.ts';
import { readRunPayload, writeRunPayload } from './payload.ts';
import { readTaskStatus } from './task-status.ts';

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
      await this.#internals.queues.runs.removeJobScheduler(task);
      report.removed.push(task);
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
    const fired = coldStart ? {} : await client.hgetall(keys.startTasks);
    const runs = new Map<string, string>();
    for (const { task, fingerprint } of tasks) {
      if (fired[task] === fingerprint) continue;
      runs.set(task, await this.fire(task, 'start'));
      await client.hset(keys.startTasks, task, fingerprint);
    }
    return runs;
  }

  async status(tasks?: readonly string[]): Promise<TaskStatus[]> {
    const { client, keys } = this.#internals;
    const schedulers = await this.#schedulers();
    const known = tasks ?? (await client.zrange(keys.tasks, 0, -1));
    const all = tasks ?? [...new Set([...schedulers.keys(), ...known])].sort();
    return readTaskStatus(this.#internals, all, (task) => schedulers.get(task)?.next);
  }

  async #schedulers(): Promise<Map<string, Scheduler>> {
    const schedulers = await this.#internals.queues.runs.getJobSchedulers(0, -1);
    return new Map(schedulers.map((scheduler) => [scheduler.key, scheduler]));
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
