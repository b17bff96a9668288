import type { CopyRequest } from '@regfleet/model';

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
