import type {
  CopyRequest,
  CopyResult,
  Logger,
  RelayName,
  SerialisedSyncError,
  SyncRecord,
} from '@regfleet/model';

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
  /** Of expansion and of jobs that failed for good: the first 100. */
  readonly errors: readonly SerialisedSyncError[];
}

export type ScheduleSpec = {
  readonly task: string;
  /** Part of the definition: a change replaces the scheduler. */
  readonly fingerprint: string;
} & ({ readonly everyMs: number } | { readonly pattern: string; readonly timezone?: string });

/** A firing as the expanding process sees it. */
export interface RunTicket {
  readonly runId: string;
  readonly task: string;
  readonly trigger: RunTrigger;
  /** The job on the `runs` queue: while it lives, the sweep leaves the expansion alone. */
  readonly jobId?: string;
}

/** What a copy needs to be queued and retried. */
export interface CopyOrder {
  readonly request: CopyRequest;
  readonly attempts: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

/** A copy job as the worker sees it. */
export interface CopyJob {
  readonly jobId: string;
  readonly runId: string;
  readonly lane: string;
  readonly request: CopyRequest;
  /** 1 on the first try. */
  readonly attempt: number;
}

/** Thrown by a copy handler that cannot take the job yet (its config does not know the task): delayed, no attempt spent. */
export interface HandBack {
  readonly handBackMs: number;
  readonly reason: string;
}

export interface LaneStatus {
  /** Queue name. */
  readonly lane: string;
  readonly relay: RelayName;
  /** Source registry. */
  readonly registry: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  /** Milliseconds until a rate limit ends; absent: none. */
  readonly rateLimitedMs?: number;
  readonly paused: boolean;
}

export interface WorkerStatus {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly role: 'scheduler' | 'worker';
  readonly startedAtMs: number;
  readonly seenAtMs: number;
  readonly relays: readonly RelayName[];
  readonly concurrency: number;
  readonly active: number;
  /** True for the scheduler that leads. */
  readonly leads?: boolean;
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
  readonly lastRun?: RunRecord;
  readonly activeRunId?: string;
}

/** What the queue calls when a copy job reached its end, for metrics and logs. */
export interface CopyEvents {
  onCopied?(job: CopyJob, result: CopyResult, durationMs: number): void;
  /** Every failed attempt; `isFinal` when no further one follows. */
  onFailed?(job: CopyJob, error: SerialisedSyncError, isFinal: boolean, durationMs: number): void;
  onRetry?(job: CopyJob, error: SerialisedSyncError, delayMs: number): void;
}

/** What a sync record is about. */
export interface RecordKey {
  /** Formatted target reference. */
  readonly target: string;
  /** As `formatPlatform` writes it. */
  readonly platform: string;
}

export interface SyncRecords {
  get(key: RecordKey): Promise<SyncRecord | undefined>;
  /** In the order of `keys`. */
  getMany(keys: readonly RecordKey[]): Promise<(SyncRecord | undefined)[]>;
  set(key: RecordKey, record: SyncRecord): Promise<void>;
}

export interface ConnectOptions {
  /** `redis://`, `rediss://` or `unix:///path`; may hold a password. */
  readonly url: string;
  /** Key prefix without braces. */
  readonly prefix: string;
  readonly logger: Logger;
  /** How long to wait for Redis before giving up; absent: for ever, logging. */
  readonly deadlineMs?: number;
  /** Aborting gives up waiting; `connectFleet` then rejects with the reason. */
  readonly signal?: AbortSignal;
}
