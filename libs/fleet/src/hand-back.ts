import type { SyncError } from '@regfleet/model';

/** After which time of being handed back a job ends, and how. */
export interface HandBackLimit {
  readonly limitMs: number;
  readonly error: SyncError;
}

/** Thrown by whoever cannot take a job yet: it is delayed, no attempt is spent. */
export class HandBackError extends Error {
  override readonly name = 'HandBackError';
  readonly handBackMs: number;
  readonly reason: string;
  readonly limit: HandBackLimit | undefined;

  /** @param limit - absent: it may wait for a day, as whatever is deferred. */
  constructor(handBackMs: number, reason: string, limit?: HandBackLimit) {
    super(reason);
    this.handBackMs = handBackMs;
    this.reason = reason;
    this.limit = limit;
  }
}
