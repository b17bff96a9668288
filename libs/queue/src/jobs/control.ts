import type { Shortfall } from '@regfleet/fleet';
import { ERROR_CODES, type ErrorCode, SyncError } from '@regfleet/model';
import { DelayedError, type Job, type Queue, RateLimitError, UnrecoverableError } from 'bullmq';
import { isRefusalByRights } from '../redis/reply.ts';
import { UNREACHABLE_LIMIT } from './limits.ts';

/** Thrown to BullMQ for a further try; carries the wait to our backoff strategy. */
class RetryError extends Error {
  override readonly name = 'RetryError';
  readonly delayMs: number;

  constructor(error: SyncError, delayMs: number) {
    super(describe(error));
    this.delayMs = delayMs;
    this.stack = '';
  }
}

/** The wait that `carryOut` put into the error; what BullMQ throws by itself (a lost lock) is tried again at once. */
export function backoffStrategy(_attemptsMade: number, _type?: string, error?: Error): number {
  return error instanceof RetryError ? error.delayMs : 0;
}

/** Stored as the reason of a failed job. */
export const describe = (error: SyncError): string => `${error.code}: ${error.message}`;

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code);

/** The inverse of `describe`; absent for what that has not written. */
export function readReason(reason: string): SyncError | undefined {
  const [, code = '', message = ''] = /^([A-Z_]+): (.*)$/s.exec(reason) ?? [];
  return isErrorCode(code) ? new SyncError(code, { message }) : undefined;
}

/** What concerns one job, and not all that share its source. */
export type ShortfallOfJob = Exclude<Shortfall, { readonly verdict: 'pause-source' }>;

/** What a job is thrown back with whose queue is paused by now: no attempt is spent. */
export const pausedMeanwhile = (): Error => new RateLimitError();

/** Keeps all jobs of a queue waiting; a shorter wait must not cut a longer one short. */
export async function pauseQueue(queue: Queue, delayMs: number): Promise<void> {
  if ((await queue.getRateLimitTtl(UNREACHABLE_LIMIT)) < delayMs) await queue.rateLimit(delayMs);
}

/**
 * Tells BullMQ what becomes of a job, in BullMQ's way: by the error that the processor throws.
 *
 * BullMQ knows its control errors by name or message, so only this file makes them. Returns for a dropped job only.
 */
export async function carryOut(
  shortfall: ShortfallOfJob,
  job: Job,
  { token, isClosing }: { token: string; isClosing: () => boolean },
): Promise<void> {
  switch (shortfall.verdict) {
    case 'drop':
      return;
    case 'fail':
      throw withoutStack(new UnrecoverableError(describe(shortfall.error)));
    case 'retry':
      // Makes BullMQ ask our strategy; said here, it takes no memory in every job that waits.
      job.opts.backoff = { type: 'jitter' };
      throw new RetryError(shortfall.error, shortfall.delayMs);
    case 'defer':
      // Not `moveToWait`: that wakes no idle worker when the job has a priority.
      await untilAllowed(() => job.moveToDelayed(Date.now() + shortfall.delayMs, token), isClosing);
      throw new DelayedError();
  }
}

/**
 * What BullMQ heard of a refusal it would count as a failed try. Each one takes the client a second. A stop does not wait for it:
 * another worker takes the job when its lock expires.
 */
async function untilAllowed(move: () => Promise<void>, isClosing: () => boolean): Promise<void> {
  for (;;) {
    try {
      return await move();
    } catch (error) {
      if (!(error instanceof Error && isRefusalByRights(error.message))) throw error;
      if (isClosing()) return;
    }
  }
}

/** BullMQ keeps a stack per attempt in Redis; ours is in the log. */
function withoutStack(error: Error): Error {
  error.stack = '';
  return error;
}
