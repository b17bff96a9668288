import type { RetryPolicy } from '@regfleet/config';
import { backoffDelay, type SyncError, toSyncError } from '@regfleet/model';
import type { Pauses, Sides, WorkKind } from './pauses.ts';
import { sleepUntil, steadyNowMs } from './sleep.ts';

// Being told to wait spends no attempt, but one piece of work must not be refused for ever while others are let in.
const MOST_REFUSALS = 100;

export interface AttemptOptions {
  readonly kind: WorkKind;
  readonly sides: Sides;
  readonly pauses: Pauses;
  readonly retries: RetryPolicy;
  readonly signal: AbortSignal;
  onRetry(error: SyncError, delayMs: number): void;
  /**
   * Gets room for one try, and gives it back by what it returns; absent: there is room.
   *
   * Waits hold no room.
   */
  enter?(): Promise<() => void>;
}

interface Spent {
  attempts: number;
  refusals: number;
}

/**
 * Runs `work` until it succeeds, fails for good, or has no tries left: what the queue does for the fleet, in one process.
 *
 * @throws {SyncError} of the last try; the abort reason.
 */
export async function withAttempts<Result>(
  options: AttemptOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const { pauses, sides, kind, signal } = options;
  const spent: Spent = { attempts: 1, refusals: 0 };
  for (;;) {
    const leave = await room(options);
    const beganAtMs = steadyNowMs();
    let error: SyncError;
    try {
      const result = await work();
      pauses.taken(sides, kind);
      return result;
    } catch (failure) {
      signal.throwIfAborted();
      error = toSyncError(failure);
    } finally {
      leave();
    }
    if (isRefused(error, { spent, beganAtMs, options })) continue;
    const delayMs = backoff(error, spent, options.retries);
    if (delayMs === undefined) throw error;
    options.onRetry(error, delayMs);
    await sleepUntil(Date.now() + delayMs, signal);
  }
}

/** Room at a time when none of the registries is to be left alone. */
async function room({ pauses, sides, signal, enter }: AttemptOptions): Promise<() => void> {
  for (;;) {
    await pauses.over(sides, signal);
    const leave = (await enter?.()) ?? (() => undefined);
    if (pauses.areOver(sides)) return leave;
    leave();
  }
}

/** True: the registry is waited for, and the work may be tried again afterwards. */
function isRefused(
  error: SyncError,
  { spent, beganAtMs, options }: { spent: Spent; beganAtMs: number; options: AttemptOptions },
): boolean {
  if (error.kind !== 'rate-limited' || spent.refusals >= MOST_REFUSALS) return false;
  spent.refusals += 1;
  return options.pauses.begin(error, { sides: options.sides, kind: options.kind, beganAtMs });
}

/** Counts the failure and says how long to wait after it; undefined: no further try. */
function backoff(error: SyncError, spent: Spent, retries: RetryPolicy): number | undefined {
  if (error.kind !== 'retryable' || spent.attempts >= retries.attempts) return undefined;
  const delayMs = backoffDelay(spent.attempts, retries, {
    retryAfterMs: error.retryAfterMs,
    random: Math.random(),
  });
  spent.attempts += 1;
  return delayMs;
}
