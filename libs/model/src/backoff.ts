export interface BackoffBounds {
  /** Upper bound of the wait after the first try; doubles with each further one. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

/** The longest wait that a registry may ask for: Docker Hub's window, the longest one known, is six hours. */
export const LONGEST_WAIT_MS = 6 * 60 * 60 * 1000;

// When a registry says 429 without Retry-After: the window of most registries' limits is minutes.
const DEFAULT_RATE_LIMIT_MS = 60_000;

/** How long to leave a registry alone that said so, at least 1 ms; absent: it asks for longer than anybody waits. */
export function rateLimitDelay(retryAfterMs: number | undefined): number | undefined {
  const isTold = retryAfterMs !== undefined && !Number.isNaN(retryAfterMs);
  const delayMs = isTold ? retryAfterMs : DEFAULT_RATE_LIMIT_MS;
  return delayMs > LONGEST_WAIT_MS ? undefined : Math.max(1, Math.ceil(delayMs));
}

/**
 * How long to wait after failed try number `attempt` (1 = the first): full jitter, not less than the other side asked for unless that is more than `LONGEST_WAIT_MS`.
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
  const askedMs = options.retryAfterMs ?? 0;
  // Not a number is not more than 0.
  return askedMs > 0 ? Math.max(jitteredMs, Math.min(askedMs, LONGEST_WAIT_MS)) : jitteredMs;
}
