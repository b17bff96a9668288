/** What `within` answers when the time is over. */
export const TIMED_OUT = Symbol('timed out');

/** `promise`, or `TIMED_OUT` after `ms`; a late rejection is swallowed. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | typeof TIMED_OUT> {
  const timeout = Promise.withResolvers<typeof TIMED_OUT>();
  const timer = setTimeout(() => timeout.resolve(TIMED_OUT), ms);
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What `work` gives, whether it heeds its signal or not.
 *
 * @param late - what is thrown after `ms`, and the reason of the signal.
 */
export async function inTime<T>(
  ms: number,
  late: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController();
  const result = await within(work(timeout.signal), ms);
  if (result !== TIMED_OUT) return result;
  const error = late();
  timeout.abort(error);
  throw error;
}
