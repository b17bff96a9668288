import type { RelayName } from '@regfleet/model';

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
  /** Of those that wait, for how many an operator does. */
  readonly urgent: number;
  /** An operator's copy is next in the line for the lane's registries, which have no room at the moment; absent: none waits there. */
  readonly urgentIsNext?: true;
}

export interface QueueDepth {
  readonly queue: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
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
  pause(lane: string): Promise<void>;
  resume(lane: string): Promise<void>;
  /** Jobs by state of every queue of `list`, and of `runs`, where firings that are planned do not count. */
  depths(isWanted?: LaneFilter): Promise<QueueDepth[]>;
}
