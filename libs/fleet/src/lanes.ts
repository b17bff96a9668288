import type { RelayName } from '@regfleet/model';

/** A lane: copies of one relay from one source registry. */
export interface LaneParts {
  readonly relay: RelayName;
  /** Of the sources. */
  readonly registry: string;
}

export type LaneFilter = (lane: LaneParts) => boolean;

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

export interface QueueDepth {
  readonly queue: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

/** How much may be under way on lanes. */
export interface LaneLimits {
  /**
   * Names of lanes that ever got a job, a thousand at most: whoever can write to Redis can add others.
   *
   * @param isWanted - which of them; absent: any.
   */
  list(isWanted?: LaneFilter): Promise<string[]>;
  /** The lane of a relay and source registry, whether it has got a job or not. */
  nameOf(relay: RelayName, registry: string): string;
  /** At most `limit` copies of the lane at once in the whole fleet; absent: no limit. */
  setConcurrency(lane: string, limit: number | undefined): Promise<void>;
}

/** The lanes as those who watch over a fleet see them. */
export interface Lanes extends LaneLimits {
  status(): Promise<LaneStatus[]>;
  pause(lane: string): Promise<void>;
  resume(lane: string): Promise<void>;
  /** Jobs by state of every queue of `list`, and of `runs`, where firings that are planned do not count. */
  depths(isWanted?: LaneFilter): Promise<QueueDepth[]>;
}
