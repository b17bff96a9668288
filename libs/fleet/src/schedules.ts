import type { RunRecord, RunTrigger } from './runs.ts';

export type ScheduleSpec = {
  readonly task: string;
  /** Part of the definition: a change replaces the scheduler. */
  readonly fingerprint: string;
} & ({ readonly everyMs: number } | { readonly pattern: string; readonly timezone?: string });

/** What one reconcile did, by task id. */
export interface ReconcileReport {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** Dead though nobody changed them: they would not have fired again, or far too late. The log says why. */
  readonly repaired: readonly string[];
  readonly removed: readonly string[];
  /** Refused by BullMQ; the log says why. The next reconcile tries again. */
  readonly failed: readonly string[];
}

export interface StartTask {
  readonly task: string;
  readonly fingerprint: string;
}

export interface TaskTimes {
  readonly task: string;
  /** Absent for one-off tasks, and before the first reconcile. */
  readonly nextAtMs?: number;
  /** Since when the fleet knows the task; absent before the first reconcile. */
  readonly knownSinceMs?: number;
  /** When the task last succeeded; survives the bounded history of runs. */
  readonly lastSuccessAtMs?: number;
}

export interface TaskStatus extends TaskTimes {
  /** Skipped firings apart. */
  readonly lastRun?: RunRecord;
  /** The last one that has ended: `lastRun`, unless that goes on. */
  readonly lastEnded?: RunRecord;
  readonly activeRunId?: string;
}

/** The repeating tasks, and firings by hand. */
export interface Schedules {
  /**
   * Makes Redis hold exactly `specs`, touching only what differs or is dead: a restart neither loses nor doubles a firing.
   *
   * A new `everyMs` schedule fires at once. Only the leader should call this.
   */
  reconcile(specs: readonly ScheduleSpec[]): Promise<ReconcileReport>;
  /** Epoch milliseconds of the next firing; absent when nothing is scheduled. */
  next(task: string): Promise<number | undefined>;
  /** Queues a run of the task now. @returns the run id. */
  fire(task: string, trigger: RunTrigger): Promise<string>;
  /**
   * Fires one-off tasks once per start.
   *
   * @param when.coldStart - true: this process leads since its own start, all are fired; false: it took over, only
   *   those whose fingerprint never fired are, and those whose job was lost before their run began.
   * @returns run ids by task id.
   */
  fireStartTasks(tasks: readonly StartTask[], when: { coldStart: boolean }): Promise<Map<string, string>>;
  /** When each of these tasks ran and is to run, in their order; cheaper than `status`. */
  times(tasks: readonly string[]): Promise<TaskTimes[]>;
  /** @param tasks - absent: every task that the fleet remembers. */
  status(tasks?: readonly string[]): Promise<TaskStatus[]>;
}
