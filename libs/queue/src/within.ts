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
