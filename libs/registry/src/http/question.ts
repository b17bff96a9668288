import { inTime, SyncError, unlessAborted } from '@regfleet/model';

/** Somebody outside who is asked for credentials, and how long an answer is waited for. */
export interface Question {
  /** Begins the message, e.g. `google: the token endpoint or metadata server`. */
  readonly asked: string;
  /** What to look at when no answer comes. */
  readonly hint: string;
  /** Absent: several registries share the answer. */
  readonly registry?: string;
  readonly timeoutMs: number;
}

/**
 * `work`, given up when its time is over, whether it heeds its signal or not: the libraries of clouds do not always.
 *
 * @throws {SyncError} `TIMED_OUT`
 * @throws the reason of `signal` once that is aborted; else whatever the work throws.
 */
export async function withinTime<T>(
  { asked, hint, registry, timeoutMs }: Question,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const late = (): SyncError => {
    const message = `${asked} gave no answer within ${timeoutMs / 1000} s`;
    return new SyncError('TIMED_OUT', { message, hint, registry });
  };
  return await inTime(timeoutMs, late, (timeout) => {
    const either = AbortSignal.any([signal, timeout]);
    return unlessAborted(work(either), either);
  });
}
