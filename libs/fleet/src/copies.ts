import type { CopyRequest, SeenTarget } from '@regfleet/model';

/** What a comparison has found out of a target: whether it lacks what the source has; `gone`: the source has nothing there itself. */
export type Lacking = 'yes' | 'unknown' | 'gone';

/** What a copy needs to be queued and retried. */
export interface CopyOrder {
  readonly request: CopyRequest;
  readonly attempts: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** What the comparison has just seen. A store that may start the copy much later keeps no more than what still holds then. */
  readonly seenTarget?: SeenTarget;
  /** Absent: nobody has compared. Kept by a store that tells of freshness, dropped by any other. */
  readonly lacking?: Lacking;
}

/** A copy job as the worker sees it. */
export interface CopyJob {
  readonly jobId: string;
  readonly runId: string;
  readonly lane: string;
  readonly request: CopyRequest;
  /** 1 on the first try. */
  readonly attempt: number;
  /** On the first try, where the store has kept it. */
  readonly seenTarget?: SeenTarget;
}
