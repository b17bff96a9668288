import { SyncError } from '@regfleet/model';
import { untilAborted } from './until-aborted.ts';

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
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    const message = `${asked} gave no answer within ${timeoutMs / 1000} s`;
    timeout.abort(new SyncError('TIMED_OUT', { message, hint, registry }));
  }, timeoutMs);
  const either = AbortSignal.any([signal, timeout.signal]);
  try {
    return await untilAborted(work(either), either);
  } finally {
    clearTimeout(timer);
  }
}
