import type { SerialisedSyncError, SyncError } from '@regfleet/model';
import type { ExpansionCounts, RunCounts, RunRecord } from './runs.ts';

type Count = keyof RunCounts;

/** Of how many errors a run record tells. */
export const MOST_RUN_ERRORS = 100;

/** The reason of a run that left something undone because the process was told to stop. */
export const INTERRUPTED = 'interrupted';

/** What one run has done so far, as the record that a store keeps of it. */
export class RunTally {
  readonly #run: Pick<RunRecord, 'id' | 'task' | 'trigger' | 'startedAtMs'>;
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
  #bytesCopied: number | undefined;
  #hasFailed = false;
  #cancelled: string | undefined;
  #expanded = false;
  #finishedAtMs: number | undefined;

  constructor(run: Pick<RunRecord, 'id' | 'task' | 'trigger'>) {
    this.#run = { ...run, startedAtMs: Date.now() };
  }

  /** What an expansion has counted so far, in all. */
  set(counts: Partial<ExpansionCounts>): void {
    Object.assign(this.#counts, counts);
  }

  add(count: Count, number = 1): void {
    this.#counts[count] += number;
  }

  /** @param bytes - absent: nobody knows how many. */
  sent(bytes: number | undefined): void {
    if (bytes !== undefined) this.#bytesCopied = (this.#bytesCopied ?? 0) + bytes;
  }

  fail(error: SyncError): void {
    this.#hasFailed = true;
    if (this.#errors.length < MOST_RUN_ERRORS) this.#errors.push(error.toJSON());
  }

  /** @param reason - why something was left undone: `INTERRUPTED` where the process was told to stop. */
  cancel(reason: string): void {
    this.#cancelled ??= reason;
  }

  expanded(): void {
    this.#expanded = true;
  }

  finish(): void {
    this.#finishedAtMs = Date.now();
  }

  get record(): RunRecord {
    return {
      ...this.#run,
      ...this.#end(),
      expanded: this.#expanded,
      counts: { ...this.#counts },
      ...(this.#bytesCopied !== undefined && { bytesCopied: this.#bytesCopied }),
      errors: this.#errors,
    };
  }

  #end(): Pick<RunRecord, 'finishedAtMs' | 'outcome' | 'reason'> {
    if (this.#finishedAtMs === undefined) return {};
    const end = { finishedAtMs: this.#finishedAtMs };
    const reason = this.#cancelled === undefined ? {} : { reason: this.#cancelled };
    if (this.#hasFailed) return { ...end, outcome: 'failed', ...reason };
    return { ...end, outcome: this.#cancelled === undefined ? 'succeeded' : 'cancelled', ...reason };
  }
}
