import type { SerialisedSyncError, SyncError } from '@regfleet/model';
import type { RunCounts, RunRecord } from '@regfleet/queue';

type Count = keyof RunCounts;

/** What one run of a task has done so far, as the record that the fleet would keep of it. */
export class Tally {
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
  };
  readonly #errors: SerialisedSyncError[] = [];
  #expanded = false;
  #finishedAtMs: number | undefined;

  constructor(task: string) {
    this.#task = task;
  }

  add(count: Count, number = 1): void {
    this.#counts[count] += number;
  }

  fail(error: SyncError): void {
    this.#errors.push(error.toJSON());
  }

  expanded(): void {
    this.#expanded = true;
  }

  finish(): void {
    this.#finishedAtMs = Date.now();
  }

  get record(): RunRecord {
    const ended =
      this.#finishedAtMs === undefined
        ? {}
        : {
            finishedAtMs: this.#finishedAtMs,
            outcome: this.#errors.length === 0 ? ('succeeded' as const) : ('failed' as const),
          };
    return {
      id: this.#task,
      task: this.#task,
      trigger: 'start',
      startedAtMs: this.#startedAtMs,
      ...ended,
      expanded: this.#expanded,
      counts: { ...this.#counts },
      errors: this.#errors,
    };
  }
}
