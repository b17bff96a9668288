import { setTimeout as delay } from 'node:timers/promises';
import type { RetryPolicy } from '@regfleet/config';
import { backoffDelay, type SyncError, toSyncError } from '@regfleet/model';

// When a registry says 429 without Retry-After: the window of most registries' limits is minutes.
const DEFAULT_RATE_LIMIT_MS = 60_000;
// Being told to wait spends no attempt, but an image must not wait for ever while others are done.
const MAX_RATE_LIMITS = 10;

/**
 * Runs `work` until it succeeds, fails for good, or has no tries left: what the queue does for the fleet, in one process.
 *
 * @throws {SyncError} of the last try; the abort reason.
 */
export async function withAttempts<Result>(
  policy: RetryPolicy,
  run: { signal: AbortSignal; onRetry(error: SyncError, delayMs: number): void },
  work: () => Promise<Result>,
): Promise<Result> {
  let attempt = 1;
  let limited = 0;
  for (;;) {
    try {
      return await work();
    } catch (failure) {
      run.signal.throwIfAborted();
      const error = toSyncError(failure);
      const isLimited = error.kind === 'rate-limited' && limited < MAX_RATE_LIMITS;
      const mayRetry = isLimited || (error.kind === 'retryable' && attempt < policy.attempts);
      if (!mayRetry) throw error;
      const delayMs = isLimited
        ? (error.retryAfterMs ?? DEFAULT_RATE_LIMIT_MS)
        : backoffDelay(attempt, policy, { retryAfterMs: error.retryAfterMs, random: Math.random() });
      if (isLimited) limited += 1;
      else attempt += 1;
      run.onRetry(error, delayMs);
      await delay(delayMs, undefined, { signal: run.signal });
    }
  }
}
