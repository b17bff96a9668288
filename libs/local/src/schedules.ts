import {
  newRunId,
  type ReconcileReport,
  type RunTrigger,
  type ScheduleSpec,
  type Schedules,
  type StartTask,
  sleepUntil,
  type TaskStatus,
  type TaskTimes,
} from '@regfleet/fleet';
import { type Logger, nextCronFiring, toSyncError } from '@regfleet/model';
import type { Firings } from './runs/firings.ts';
import type { RunBook } from './runs/run-book.ts';

interface Timetable {
  readonly spec: ScheduleSpec;
  nextAtMs: number;
  readonly stop: AbortController;
}

export interface SchedulesParts {
  readonly book: RunBook;
  readonly firings: Firings;
  readonly logger: Logger;
}

/** The repeating tasks of one process: they end with it. */
export class LocalSchedules implements Schedules {
  readonly #parts: SchedulesParts;
  readonly #timetables = new Map<string, Timetable>();
  /** Fingerprints of the one-off tasks that were fired. */
  readonly #started = new Map<string, string>();
  /** Since when a task is known, in epoch milliseconds. */
  readonly #knownSinceMs = new Map<string, number>();

  constructor(parts: SchedulesParts) {
    this.#parts = parts;
  }

  async reconcile(specs: readonly ScheduleSpec[]): Promise<ReconcileReport> {
    const report = {
      added: [] as string[],
      changed: [] as string[],
      removed: [] as string[],
      failed: [] as string[],
    };
    const wanted = new Set(specs.map(({ task }) => task));
    for (const task of [...this.#timetables.keys()].filter((known) => !wanted.has(known))) {
      this.#stop(task);
      this.#parts.firings.dropScheduled(task);
      report.removed.push(task);
    }
    for (const spec of specs) {
      const result = this.#set(spec);
      if (result !== 'kept') report[result].push(spec.task);
    }
    return { ...report, repaired: [] };
  }

  async next(task: string): Promise<number | undefined> {
    return this.#timetables.get(task)?.nextAtMs;
  }

  async fire(task: string, trigger: RunTrigger): Promise<string> {
    return this.#fire(task, trigger);
  }

  async fireStartTasks(
    tasks: readonly StartTask[],
    { coldStart }: { coldStart: boolean },
  ): Promise<Map<string, string>> {
    const runs = new Map<string, string>();
    for (const { task, fingerprint } of tasks) {
      this.#know(task);
      if (!coldStart && this.#started.get(task) === fingerprint) continue;
      this.#started.set(task, fingerprint);
      runs.set(task, this.#fire(task, 'start'));
    }
    return runs;
  }

  async times(tasks: readonly string[]): Promise<TaskTimes[]> {
    return tasks.map((task) => this.#timesOf(task));
  }

  async status(tasks?: readonly string[]): Promise<TaskStatus[]> {
    const { book } = this.#parts;
    const all = tasks ?? [...new Set([...this.#knownSinceMs.keys(), ...book.tasks()])].sort();
    return all.map((task) => {
      const { lastRunId = '', lastEndedId = '', activeRunId } = book.notesOn(task) ?? {};
      const lastRun = book.get(lastRunId);
      const lastEnded = book.get(lastEndedId);
      return {
        ...this.#timesOf(task),
        ...(lastRun !== undefined && { lastRun }),
        ...(lastEnded !== undefined && { lastEnded }),
        ...(activeRunId !== undefined && { activeRunId }),
      };
    });
  }

  /** Nothing fires by its schedule any more. */
  close(): void {
    for (const task of this.#timetables.keys()) this.#stop(task);
  }

  /** One that is wrong must not keep the others from being set. */
  #set(spec: ScheduleSpec): 'added' | 'changed' | 'failed' | 'kept' {
    const { task } = spec;
    const known = this.#timetables.get(task);
    this.#know(task);
    if (known !== undefined && isSame(known.spec, spec)) return 'kept';
    try {
      const firstAtMs = firstFiring(spec, known);
      this.#stop(task);
      const timetable = { spec, nextAtMs: firstAtMs, stop: new AbortController() };
      this.#timetables.set(task, timetable);
      void this.#keep(timetable);
      return known === undefined ? 'added' : 'changed';
    } catch (error) {
      this.#parts.logger.error({ task, error: toSyncError(error) }, 'a schedule was refused');
      return 'failed';
    }
  }

  async #keep(timetable: Timetable): Promise<void> {
    const { spec, stop } = timetable;
    while (!stop.signal.aborted) {
      const dueAtMs = timetable.nextAtMs;
      // What is due at once has fired when the reconcile returns.
      if (dueAtMs > Date.now()) await sleepUntil(dueAtMs, stop.signal).catch(() => undefined);
      if (stop.signal.aborted) return;
      const nowMs = Date.now();
      timetable.nextAtMs = followingFiring(spec, dueAtMs, nowMs);
      // A clock that was put back shows the time of a cron again.
      if ('everyMs' in spec || nowMs >= dueAtMs) this.#fireScheduled(spec.task);
    }
  }

  /** As in Redis, whose next firing is planned when the one before begins: none piles up. */
  #fireScheduled(task: string): void {
    if (!this.#parts.firings.awaitsSchedule(task)) this.#fire(task, 'schedule');
  }

  #fire(task: string, trigger: RunTrigger): string {
    const runId = newRunId(Date.now());
    this.#parts.firings.add({ runId, task, trigger });
    return runId;
  }

  #stop(task: string): void {
    this.#timetables.get(task)?.stop.abort();
    this.#timetables.delete(task);
  }

  #know(task: string): void {
    if (!this.#knownSinceMs.has(task)) this.#knownSinceMs.set(task, Date.now());
  }

  #timesOf(task: string): TaskTimes {
    const nextAtMs = this.#timetables.get(task)?.nextAtMs;
    const { lastSuccessAtMs } = this.#parts.book.notesOn(task) ?? {};
    const knownSinceMs = this.#knownSinceMs.get(task);
    return {
      task,
      ...(nextAtMs !== undefined && { nextAtMs }),
      ...(lastSuccessAtMs !== undefined && { lastSuccessAtMs }),
      ...(knownSinceMs !== undefined && { knownSinceMs }),
    };
  }
}

const timesOf = (spec: ScheduleSpec): string =>
  'everyMs' in spec ? `${spec.everyMs}` : `${spec.timezone ?? ''} ${spec.pattern}`;

const isSame = (one: ScheduleSpec, other: ScheduleSpec): boolean =>
  one.fingerprint === other.fingerprint && timesOf(one) === timesOf(other);

/** @throws {Error} for what is no cron expression. */
function firstFiring(spec: ScheduleSpec, known: Timetable | undefined): number {
  if (known !== undefined && timesOf(known.spec) === timesOf(spec)) return known.nextAtMs;
  return 'everyMs' in spec ? Date.now() : nextCronFiring(spec, Date.now());
}

/** The first one after `nowMs`: those that fell due in between are one. */
function followingFiring(spec: ScheduleSpec, dueAtMs: number, nowMs: number): number {
  if (!('everyMs' in spec)) return nextCronFiring(spec, nowMs);
  const { everyMs } = spec;
  const missed = Math.max(0, Math.floor((nowMs - dueAtMs) / everyMs));
  // Where the clock was put back the tick begins anew: it must not wait for longer than the interval.
  return Math.min(dueAtMs + (missed + 1) * everyMs, nowMs + everyMs);
}
