import type { CopyRequest } from '@regfleet/model';

/**
 * How far the targets of one task are behind its source, as the store has it from comparisons and copies.
 *
 * An image is behind from the first comparison that finds the target without what the source has until its copy has arrived.
 */
export interface Freshness {
  readonly task: string;
  /** Images that are behind. */
  readonly behind: number;
  /** Since when the one is that has been behind for longest, in epoch milliseconds; absent: none is. */
  readonly behindSinceMs?: number;
  /** Images of which the last comparison could not tell, and that no copy has settled since. */
  readonly unknown: number;
  /** Images that the last complete comparison chose, but for those that the source does not have; absent: there was none yet. */
  readonly images?: number;
  /** When the last complete comparison ended, in epoch milliseconds. */
  readonly comparedAtMs?: number;
  /** True: a comparison since could not tell all that the task chooses. */
  readonly isIncomplete: boolean;
}

/** The images of one task that were behind when somebody looked. */
export interface BehindImages {
  has(request: CopyRequest): boolean;
}

/** What the fleet knows of tasks between their runs. */
export interface TaskFreshness {
  /** @returns in the order of `tasks`. */
  of(tasks: readonly string[]): Promise<Freshness[]>;
  behind(task: string): Promise<BehindImages>;
  /** A comparison has found these in sync, by whatever way they came there. */
  arrived(task: string, requests: readonly CopyRequest[]): Promise<void>;
}

/** For how long the task has been behind, in milliseconds, 0 where all is there; absent: that is not known. */
export function lagMs(
  { behindSinceMs, unknown, comparedAtMs, isIncomplete }: Freshness,
  nowMs: number,
): number | undefined {
  if (behindSinceMs !== undefined) return Math.max(0, nowMs - behindSinceMs);
  const isKnown = comparedAtMs !== undefined && !isIncomplete && unknown === 0;
  return isKnown ? 0 : undefined;
}
