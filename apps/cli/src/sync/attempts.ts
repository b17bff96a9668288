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
  const spent = { attempts: 1, limits: 0 };
  for (;;) {
    try {
      return await work();
    } catch (failure) {
      run.signal.throwIfAborted();
      const error = toSyncError(failure);
      const delayMs = delayBeforeNext(error, spent, policy);
      if (delayMs === undefined) throw error;
      run.onRetry(error, delayMs);
      await delay(delayMs, undefined, { signal: run.signal });
    }
  }
}

/** Counts the failure and says how long to wait after it; undefined: no further try. */
function delayBeforeNext(
  error: SyncError,
  spent: { attempts: number; limits: number },
  policy: RetryPolicy,
): number | undefined {
  if (error.kind === 'rate-limited' && spent.limits < MAX_RATE_LIMITS) {
    spent.limits += 1;
    return error.retryAfterMs ?? DEFAULT_RATE_LIMIT_MS;
  }
  if (error.kind !== 'retryable' || spent.attempts >= policy.attempts) return undefined;
  const delayMs = backoffDelay(spent.attempts, policy, {
    retryAfterMs: error.retryAfterMs,
    random: Math.random(),
  });
  spent.attempts += 1;
  return delayMs;
}
