import type { CopyResult, Digest, RelayName, SerialisedSyncError, SyncError } from '@regfleet/model';
import type {
  CopyEvents,
  CopyJob,
  CopyOrder,
  LaneStatus,
  RunCounts,
  RunRecord,
  RunTicket,
  RunTrigger,
  ScheduleSpec,
  SyncRecords,
  TaskStatus,
  TaskTimes,
  WorkerStatus,
} from './contract.ts';
import type { FleetInternals, INTERNALS } from './internals.ts';
import type { LaneParts } from './names.ts';

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

/** The counts that an expansion knows; jobs are counted by the queue itself. */
export type ExpansionCounts = Pick<
  RunCounts,
  'repositories' | 'listed' | 'selected' | 'inSync' | 'emptyFilters'
>;

export type Claim = 'started' | 'resumed' | { readonly skipped: string };

export interface EnqueueReport {
  readonly enqueued: number;
  /** Images that are left to jobs of other runs: this run ends no sooner than those. */
  readonly skipped: number;
}

/** Run records: who may run, what was counted, how it ended. */
export interface Runs {
  /**
   * Takes the task for this run, or records the firing as skipped.
   *
   * `resumed`: the run was begun by a process that died; expand again from the start, nothing is counted twice.
   *
   * @param options.minimumPauseMs - skip when the task's last run ended less than this ago (interval / 2 for scheduled firings of interval tasks).
   */
  claim(ticket: RunTicket, options?: { minimumPauseMs?: number }): Promise<Claim>;
  /** Sets what the expansion has counted so far: absolute numbers, so that a repeated expansion cannot count twice. */
  setCounts(runId: string, counts: Partial<ExpansionCounts>): Promise<void>;
  /** Queues copies of a run. Repeating it is harmless. On a run that has ended, nothing is queued. */
  enqueue(runId: string, orders: readonly CopyOrder[]): Promise<EnqueueReport>;
  /** Nothing more will be enqueued; the run ends with its last job. Errors make it `failed`. */
  finishExpansion(runId: string, errors: readonly (SyncError | SerialisedSyncError)[]): Promise<void>;
  get(runId: string): Promise<RunRecord | undefined>;
  /** The first hundred firings that wait for a scheduler, in the order in which they will be taken. */
  queued(): Promise<{ readonly runId: string; readonly task: string }[]>;
  /** Newest first. */
  list(options: { task?: string; limit: number }): Promise<RunRecord[]>;
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
  /** Ends a run: waiting jobs are removed, active ones aborted. @returns false when it had ended or is unknown. */
  cancel(runId: string): Promise<boolean>;
  /** Calls `listener` once in the whole fleet for every run that ends, soon after. @returns stops watching. */
  watchEnded(listener: (run: RunRecord) => void): Promise<() => Promise<void>>;
}

export interface QueueDepth {
  readonly queue: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

export interface Lanes {
  /**
   * Names of lanes that ever got a job, a thousand at most: whoever can write to Redis can add others.
   *
   * @param isWanted - which of them; absent: any.
   */
  list(isWanted?: LaneFilter): Promise<string[]>;
  /** Calls `onLane` for every lane that is wanted, as soon as it appears and again at every look. */
  watch(isWanted: LaneFilter, onLane: (lane: string, parts: LaneParts) => void): LaneWatch;
  /** The lane of a relay and source registry, whether it has got a job or not. */
  nameOf(relay: RelayName, registry: string): string;
  /** At most `limit` copies of the lane at once in the whole fleet; absent: no limit. */
  setConcurrency(lane: string, limit: number | undefined): Promise<void>;
  status(): Promise<LaneStatus[]>;
  pause(lane: string): Promise<void>;
  resume(lane: string): Promise<void>;
  /** Jobs by state of every queue of `list`, and of `runs`, where firings that are planned do not count. */
  depths(isWanted?: LaneFilter): Promise<QueueDepth[]>;
}

export type LaneFilter = (lane: LaneParts) => boolean;

export interface LaneWatch {
  /** Looks soon, instead of at the next time. */
  look(): void;
  stop(): Promise<void>;
}

export interface Leadership {
  readonly leads: boolean;
  /** Stands down: another candidate leads at once. */
  close(): Promise<void>;
}

export interface LeadershipOptions {
  /** Unique per process. */
  readonly id: string;
  readonly ttlMs: number;
  /**
   * `isFirst`: this process leads since its own start, i.e. it never saw another live leader (one that was killed
   * leaves a key behind that is not renewed) and never led before.
   */
  readonly onElected?: (election: { isFirst: boolean }) => void;
  readonly onLost?: () => void;
}

export interface Processes {
  /** Says that this process lives; forgotten after `ttlMs` (default 30 s). */
  beat(status: WorkerStatus, ttlMs?: number): Promise<void>;
  /** Forgets a process that stops orderly. */
  leave(id: string): Promise<void>;
  list(): Promise<WorkerStatus[]>;
}

/** Small values with an expiry, shared by the fleet. Never for secrets. */
export interface FleetCache {
  /** Absent: unknown, empty, too old, or larger than `maxBytes`; no more than that is read. */
  get(key: string, maxBytes: number): Promise<string | undefined>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
}

/**
 * Which repositories of a registry hold which blobs and manifests, as the fleet has seen in the last hour or two.
 *
 * Bounded, so it may forget sooner, and may be out of date: a reader has to get along with both.
 */
export interface FleetBlobs {
  /** Repositories of `registry` by digest; digests of which nothing is known are left out. */
  holders(registry: string, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, readonly string[]>>;
  add(registry: string, repository: string, digests: readonly Digest[]): Promise<void>;
  drop(registry: string, repository: string, digests: readonly Digest[]): Promise<void>;
}

export interface SweepReport {
  /** Jobs that had ended or vanished uncounted. */
  readonly settledJobs: number;
  /** Runs whose expansion had died. */
  readonly settledRuns: number;
  /** Times that lay too far ahead: a clock had been wrong when they were written. */
  readonly mendedTimes: number;
  readonly removedJobs: number;
}

/** One Redis and everything that Regfleet keeps in it. */
export interface Fleet {
  readonly [INTERNALS]: FleetInternals;
  /** Without credentials. */
  readonly address: string;
  /**
   * Whether Redis answers what it is asked: it is asked every two seconds as if to write, and that it answers is believed for
   * five. Not while it is a replica, busy or full.
   */
  readonly isAnswering: boolean;
  /** Epoch milliseconds. */
  readonly answeredAtMs: number;
  /**
   * Why commands wait, where it is known, or what Redis refuses though it answers, for want of a right or of a further connection;
   * absent while all that is asked of it is done.
   */
  readonly trouble: SyncError | undefined;
  readonly schedules: Schedules;
  readonly runs: Runs;
  readonly lanes: Lanes;
  readonly records: SyncRecords;
  readonly processes: Processes;
  readonly cache: FleetCache;
  readonly blobs: FleetBlobs;
  /** Stands for the one scheduler that leads; `close` of the fleet stands down. */
  leadership(options: LeadershipOptions): Leadership;
  /** Copies one image for an operator, without a task: a run of one job. @returns the run id. */
  copyOnce(order: CopyOrder): Promise<string>;
  /**
   * House-keeping of the leader, about once a minute: settles what a crash left uncounted, drops old jobs and records, and forgets
   * lanes that nobody serves once nothing on them is left to be ended.
   *
   * @param isServed - which lanes workers are to serve; absent: any.
   * @param tasks - of the config: what is kept of others goes, a while after they were last there or ran; absent: it stays.
   */
  sweep(isServed?: LaneFilter, tasks?: readonly string[]): Promise<SweepReport>;
  /** Returns also when Redis is gone. */
  close(): Promise<void>;
}

/** A process's share of the work. */
export interface Consumer {
  readonly activeCount: number;
  /** When a job was last taken or ended; for liveness. */
  readonly lastActivityAtMs: number;
  /** Takes no more, waits for the grace period, hands the rest back without spending an attempt. Works with Redis gone. */
  drain(): Promise<void>;
}

/** A process's share of the copies. */
export interface CopyConsumer extends Consumer {
  /** Takes copies from the lanes of this relay, too, from now on. */
  serve(relay: RelayName): void;
  /** To be called when `servesRegistry` or `usesLane` answers differently: lanes that they admit are served from now on. */
  look(): void;
}

/** How soon a dead worker's jobs are given to another; the defaults suit long copies. */
export interface LockTimes {
  /** Default 60 s. */
  readonly lockDurationMs?: number;
  /** Default 30 s. */
  readonly stalledIntervalMs?: number;
}

export interface ExpansionContext {
  readonly signal: AbortSignal;
  /** 1 on the first try. */
  readonly attempt: number;
  /** Since the firing was due. */
  readonly ageMs: number;
}

export interface RunConsumerOptions extends LockTimes {
  readonly fleet: Fleet;
  /** Expansions at once. */
  readonly concurrency: number;
  readonly graceMs: number;
  /** Claims, enqueues and finishes the run. A thrown error is retried like a copy's; the last one fails the run. */
  expand(ticket: RunTicket, context: ExpansionContext): Promise<void>;
}

export interface CopyConsumerOptions extends LockTimes {
  readonly fleet: Fleet;
  /** Those that are served from the beginning. */
  readonly relays: readonly RelayName[];
  /**
   * Whether copies from this source registry are taken: each lane that is served costs a connection to Redis. Of others a few at a
   * time are served while they have jobs, so that those come to an end.
   */
  servesRegistry(host: string): boolean;
  /**
   * Whether such a lane is served all the time, as one that tasks use, and not from when it is told to get jobs until it has none;
   * absent: all are.
   */
  usesLane?(lane: LaneParts): boolean;
  /** Copies at once in this process, over all lanes. */
  readonly concurrency: number;
  readonly graceMs: number;
  readonly events: CopyEvents;
  /** How long a taken job waits for a free slot of this process before it is handed back; default 5 s. */
  readonly slotWaitMs?: number;
  /** @throws {HandBackError} when it cannot take the job yet. */
  copy(job: CopyJob, context: { signal: AbortSignal }): Promise<CopyResult>;
}
