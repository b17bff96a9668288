import type { CopyRequest, RelayName } from '@regfleet/model';
import type { RunImageError } from './runs.ts';

/** A lane: copies of one relay from one registry to one other, so that whatever lets one of them pass lets all of them. */
export interface LaneParts {
  readonly relay: RelayName;
  /** Host of the registry that is read, as references carry it. */
  readonly source: string;
  /** Of the registry that is written. */
  readonly target: string;
}

export type LaneFilter = (lane: LaneParts) => boolean;

export interface LaneStatus extends LaneParts {
  /** Queue name. */
  readonly lane: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  /** Milliseconds until a rate limit ends; absent: none. */
  readonly rateLimitedMs?: number;
  readonly paused: boolean;
}

export interface QueueDepth {
  readonly queue: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

/** `delayed`: it waits for another try, or for a registry or a worker that it was handed back for. */
export type LaneJobState = 'waiting' | 'active' | 'delayed' | 'failed';

/** A copy on a lane. */
export interface LaneJob {
  readonly jobId: string;
  readonly runId: string;
  readonly lane: string;
  readonly state: LaneJobState;
  readonly request: CopyRequest;
  /** Tries that were spent. */
  readonly attempts: number;
  /** Epoch milliseconds, as all times here. */
  readonly queuedAtMs: number;
  /** Of an active one: when its worker took it. */
  readonly takenAtMs?: number;
  /** Of a delayed one. */
  readonly dueAtMs?: number;
  readonly failedAtMs?: number;
  /** What its last try failed with, also where it is tried again. */
  readonly error?: Pick<RunImageError, 'code' | 'kind' | 'message'>;
}

/** The lanes as those who watch over a fleet see them. */
export interface Lanes {
  /**
   * Names of lanes that ever got a job, a thousand at most: whoever can write to Redis can add others.
   *
   * @param isWanted - which of them; absent: any.
   */
  list(isWanted?: LaneFilter): Promise<string[]>;
  status(): Promise<LaneStatus[]>;
  /**
   * Jobs in these states, state by state: those that failed newest first, others as they are to be taken, lane by lane. No more than
   * some thousands of a lane are looked at.
   *
   * @param options.isWanted - which of them; absent: any.
   */
  jobs(options: {
    states: readonly LaneJobState[];
    limit: number;
    isWanted?: (job: LaneJob) => boolean;
  }): Promise<LaneJob[]>;
  pause(lane: string): Promise<void>;
  resume(lane: string): Promise<void>;
  /** Jobs by state of every queue of `list`, and of `runs`, where firings that are planned do not count. */
  depths(isWanted?: LaneFilter): Promise<QueueDepth[]>;
}
