import type {
  BackoffBounds,
  CopyOutcome,
  CopyRequest,
  Digest,
  SerialisedSyncError,
  SyncError,
} from '@regfleet/model';
import type { CopyOrder } from './copies.ts';

export type RunTrigger = 'schedule' | 'start' | 'operator';

/** What became of a run. `skipped`: its task was still running, or too soon after its last run. */
export type RunOutcome = 'succeeded' | 'failed' | 'skipped' | 'cancelled';

export interface RunCounts {
  readonly repositories: number;
  /** Tags that registries listed. */
  readonly listed: number;
  /** Images that the filters chose. */
  readonly selected: number;
  readonly inSync: number;
  /** Jobs of this run: always copied + unchanged + failed at its end. */
  readonly enqueued: number;
  readonly copied: number;
  readonly unchanged: number;
  readonly failed: number;
  /** Images that a job of another run has done, which began after they were asked for. Where it failed, they did. */
  readonly skipped: number;
  /** Repositories, and mappings with a regex, of which the filter chose nothing. Absent: none, or it was not counted. */
  readonly emptyFilters?: number;
}

/** One firing of a task (or one `regfleet copy`), from its start to its last image. */
export interface RunRecord {
  readonly id: string;
  /** Task id; absent for one-off images. */
  readonly task?: string;
  readonly trigger: RunTrigger;
  /** The run whose failed images are its own. It keeps its task neither from running nor from being due. */
  readonly retryOf?: string;
  /** Epoch milliseconds, as all times here. */
  readonly startedAtMs: number;
  /** Absent while it runs. */
  readonly finishedAtMs?: number;
  readonly outcome?: RunOutcome;
  /** Why it was skipped or cancelled, or why not all that it asked for is at the target. */
  readonly reason?: string;
  /** False while the task is still being expanded. */
  readonly expanded: boolean;
  readonly counts: RunCounts;
  /** Blob bytes that were sent for its own images, as far as their relays tell; absent: none of them has told. */
  readonly bytesCopied?: number;
  /** Of expansion and of jobs that failed for good: the first 100. */
  readonly errors: readonly SerialisedSyncError[];
}

/** What came of one image of a run. */
export interface RunImage {
  /** As it was asked for, but for the digest of the source: all that a further copy needs. */
  readonly request: CopyRequest;
  /** `skipped`: a job of another run has done it. */
  readonly outcome: CopyOutcome | 'failed' | 'skipped';
  /** Tries that were spent, by whichever run's job. */
  readonly attempts: number;
  /** What the target answers for it since; absent where it failed. */
  readonly digest?: Digest;
  /** Blob bytes sent; absent where the relay does not tell, and where this run sent none. */
  readonly bytesCopied?: number;
  readonly error?: RunImageError;
}

/** Why an image failed: what a list has room for. */
export type RunImageError = Pick<SerialisedSyncError, 'code' | 'kind' | 'message' | 'side'>;

/** Between two tries of an expansion, which is repeated only where the store did not do its part. */
export const EXPANSION_BACKOFF: BackoffBounds = { backoffMs: 15_000, maxBackoffMs: 5 * 60_000 };

/** Of how many firings that wait `queued` tells. */
export const MOST_QUEUED = 100;

/** Why a run has ended that somebody did not want any more. */
export const CANCELLED = 'cancelled by the operator';

/** Why a run has ended whose task is no more. */
export const TASK_LEFT = 'the task left the config';

/** Why a run has not done all that it asked for. */
export const COPY_CANCELLED = 'an image was cancelled by the operator';

/** Why a run may not have written what it asked for. */
export const TAKEN_OVER = 'a later copy from another source took the place of one to the same target';

/** What became of the wish to have a run's failed images tried again. */
export interface RetryReport {
  readonly runId: string;
  readonly images: number;
  /** How many had failed besides that nobody knows any more by name. */
  readonly forgotten: number;
}

/** A firing as the expanding process sees it. */
export interface RunTicket {
  readonly runId: string;
  readonly task: string;
  readonly trigger: RunTrigger;
  /** The job on the `runs` queue: while it lives, the sweep leaves the expansion alone. */
  readonly jobId?: string;
  /** When its schedule wanted it, in epoch milliseconds; absent: no schedule did, or the store does not note it. */
  readonly dueAtMs?: number;
}

export interface ClaimOptions {
  /** Skip when the task's last run ended less than this ago: interval / 2 for scheduled firings of interval tasks. */
  readonly minimumPauseMs?: number;
  /** Why the firing is to be recorded as skipped in any case, but for one whose run has begun; absent: it is not. */
  readonly skip?: string;
}

/** The counts that an expansion knows; jobs are counted by the queue itself. */
export type ExpansionCounts = Pick<
  RunCounts,
  'repositories' | 'listed' | 'selected' | 'inSync' | 'emptyFilters'
>;

export type Claim = 'started' | 'resumed' | { readonly skipped: string };

/** Run records: who may run, what was counted, how it ended. */
export interface Runs {
  /**
   * Takes the task for this run, or records the firing as skipped.
   *
   * `resumed`: the run was begun by a process that died; expand again from the start, nothing is counted twice.
   */
  claim(ticket: RunTicket, options?: ClaimOptions): Promise<Claim>;
  /** Tells what the expansion has counted so far: absolute numbers, so that a repeated expansion cannot count twice. */
  setCounts(runId: string, counts: Partial<ExpansionCounts>): void;
  /**
   * Hands one copy of a run over; resolves when there is room for the next one. Repeating it is harmless. On a run that has
   * ended, nothing is queued.
   *
   * @throws what became of this copy or of an earlier one: the expansion is to be repeated.
   */
  enqueue(runId: string, order: CopyOrder): Promise<void>;
  /**
   * Tells what could not be planned so far, in all. Where an expansion that is stopped is taken over by nobody, its run ends with
   * that; elsewhere it is forgotten, and found again.
   */
  noteFailures(runId: string, errors: readonly SyncError[]): void;
  /**
   * Nothing more will be enqueued; the run ends with its last job. Errors make it `failed`.
   *
   * @param options.isComplete - whether every image that the task chooses was compared; default: where there are no errors. Kept by
   *   a store that tells of freshness.
   */
  finishExpansion(
    runId: string,
    errors: readonly (SyncError | SerialisedSyncError)[],
    options?: { readonly isComplete?: boolean },
  ): Promise<void>;
  get(runId: string): Promise<RunRecord | undefined>;
  /** The first `MOST_QUEUED` firings that wait for a scheduler, in the order in which they will be taken. */
  queued(): Promise<{ readonly runId: string; readonly task: string }[]>;
  /**
   * Newest first.
   *
   * @param options.outcome - only those that ended so.
   */
  list(options: { task?: string; limit: number; outcome?: RunOutcome }): Promise<RunRecord[]>;
  /**
   * What came of the images of a run that have ended so far: those that failed first, then the others, each in the order in which
   * they ended. Not all: those of old runs are dropped, of a run no more than fit are kept, and of one whose job was lost nobody knows
   * which it was. The counts of the record tell how many there were.
   *
   * @param options.failedOnly - nothing of the others is read.
   */
  images(runId: string, options?: { failedOnly?: boolean }): AsyncIterable<RunImage>;
  /**
   * Resolves with the record once the run has ended.
   *
   * A run that is queued but not claimed yet is waited for too.
   *
   * @throws the signal's reason when aborted; {SyncError} `JOB_LOST` when neither run nor job exists.
   */
  wait(
    runId: string,
    options?: { signal?: AbortSignal; onChange?: (run: RunRecord) => void },
  ): Promise<RunRecord>;
  /** Ends a run, also one that waits for a scheduler: waiting jobs are removed, active ones aborted. @returns false when it had ended or is unknown. */
  cancel(runId: string): Promise<boolean>;
  /**
   * Takes one copy out of its run: one that waits is removed, one under way aborted, unless other runs wait for it, too.
   *
   * @returns false when it had ended, or its run, or either is unknown.
   */
  cancelJob(jobId: string): Promise<boolean>;
  /** Calls `listener` once in the whole fleet for every run that ends, soon after. @returns stops watching. */
  watchEnded(listener: (run: RunRecord) => void): Promise<() => Promise<void>>;
}
