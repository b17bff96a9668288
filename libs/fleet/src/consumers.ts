import type { RelayName } from '@regfleet/model';
import type { CopyJob } from './copies.ts';
import type { LaneParts } from './lanes.ts';
import type { LaneLimits } from './permits.ts';
import type { RunTicket } from './runs.ts';
import type { CopyVerdict, JobContext, RunVerdict } from './verdict.ts';
import type { CopyWidth } from './width/copy-width.ts';

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
  /** To be called when `servesLane`, `usesLane` or `limitsOf` answers differently: that holds from now on. */
  look(): void;
}

/** How soon a dead worker's jobs and permits are given to another; the defaults suit long copies. */
export interface LockTimes {
  /** Default 60 s. */
  readonly lockDurationMs?: number;
  /** Default 30 s. */
  readonly stalledIntervalMs?: number;
}

/** A firing ages from when it is due. */
export interface RunConsumerOptions extends LockTimes {
  /** Expansions at once. */
  readonly concurrency: number;
  readonly graceMs: number;
  /** Claims, enqueues and finishes the run. The verdict `fail` fails the run. */
  process(ticket: RunTicket, context: JobContext): Promise<RunVerdict>;
}

export interface CopyConsumerOptions extends LockTimes {
  /** Those that are served from the beginning. */
  readonly relays: readonly RelayName[];
  /**
   * Whether copies between these registries are taken: each lane that is served costs a connection to Redis. Of others a few at a
   * time are served while they have jobs, so that those come to an end.
   */
  servesLane(lane: LaneParts): boolean;
  /**
   * Whether such a lane is served all the time, as one that tasks use, and not from when it is told to get jobs until it has none;
   * absent: all are.
   */
  usesLane?(lane: LaneParts): boolean;
  /** What holds for the registries of a lane in the whole fleet, by this process' config; absent: nothing. */
  limitsOf?(lane: LaneParts): LaneLimits;
  /** Copies at once in this process, over all lanes. */
  readonly concurrency: number | CopyWidth;
  readonly graceMs: number;
  /** How long a taken job waits for a slot of this process and the permits of its registries before it is handed back; default 5 s. */
  readonly roomWaitMs?: number;
  /** How long copies under way may go on that an operator holds back, before they are handed back; default 30 s. */
  readonly holdGraceMs?: number;
  process(job: CopyJob, context: JobContext): Promise<CopyVerdict>;
  /** Told of each verdict that stands, once it is counted; for metrics and logs. */
  onVerdict?(job: CopyJob, verdict: CopyVerdict, durationMs: number): void;
}
