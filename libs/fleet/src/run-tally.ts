import type { SerialisedSyncError, SyncError } from '@regfleet/model';
import type { RunCounts, RunRecord } from './runs.ts';

type Count = keyof RunCounts;

/** Of how many errors a run record tells. */
export const MOST_RUN_ERRORS = 100;

/** The reason of a run that left something undone because the process was told to stop. */
export const INTERRUPTED = 'interrupted';

/** What one run of a task has done so far, as the record that a store keeps of it. */
export class RunTally {
  readonly #task: string;
  readonly #startedAtMs = Date.now();
  readonly #counts: Record<Count, number> = {
    repositories: 0,
    listed: 0,
    selected: 0,
    inSync: 0,
    enqueued: 0,
    copied: 0,
    unchanged: 0,
    failed: 0,
    skipped: 0,
    emptyFilters: 0,
  };
  readonly #errors: SerialisedSyncError[] = [];
  #hasFailed = false;
  #isCancelled = false;
  #expanded = false;
  #finishedAtMs: number | undefined;

  constructor(task: string) {
    this.#task = task;
  }

  add(count: Count, number = 1): void {
    this.#counts[count] += number;
  }

  fail(error: SyncError): void {
    this.#hasFailed = true;
    if (this.#errors.length < MOST_RUN_ERRORS) this.#errors.push(error.toJSON());
  }

  /** Something was left undone because the process was told to stop. */
  cancel(): void {
    this.#isCancelled = true;
  }

  expanded(): void {
    this.#expanded = true;
  }

  finish(): void {
    this.#finishedAtMs = Date.now();
  }

  get record(): RunRecord {
    return {
      id: this.#task,
      task: this.#task,
      trigger: 'start',
      startedAtMs: this.#startedAtMs,
      ...this.#end(),
      expanded: this.#expanded,
      counts: { ...this.#counts },
      errors: this.#errors,
    };
  }

  #end(): Pick<RunRecord, 'finishedAtMs' | 'outcome' | 'reason'> {
    if (this.#finishedAtMs === undefined) return {};
    const end = { finishedAtMs: this.#finishedAtMs };
    const reason = this.#isCancelled ? { reason: INTERRUPTED } : {};
    if (this.#hasFailed) return { ...end, outcome: 'failed', ...reason };
    return { ...end, outcome: this.#isCancelled ? 'cancelled' : 'succeeded', ...reason };
  }
}
