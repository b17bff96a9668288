export interface BackoffBounds {
  /** Upper bound of the wait after the first try; doubles with each further one. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

/**
 * How long to wait after failed try number `attempt` (1 = the first): full jitter, never less than the other side asked for.
 *
 * @param options.random - in [0, 1).
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffDelay(
  attempt: number,
  bounds: BackoffBounds,
  options: { retryAfterMs?: number | undefined; random: number },
): number {
  const ceilingMs = Math.min(bounds.maxBackoffMs, bounds.backoffMs * 2 ** (attempt - 1));
  const jitteredMs = Math.floor(options.random * ceilingMs);
  return Math.max(jitteredMs, options.retryAfterMs ?? 0);
}
