import {
  type BackoffBounds,
  backoffDelay,
  isSyncError,
  rateLimitDelay,
  type SyncError,
  toSyncError,
} from '@regfleet/model';

import { HandBackError } from './hand-back.ts';
import { redisTrouble } from './redis/trouble.ts';
import { explainReply } from './wrong-type.ts';

/** Why a job's signal was aborted. */
export type AbortReason = 'shutdown' | 'lock-lost' | 'cancelled' | 'no-slot';

/** What becomes of a job whose handler threw. */
export type Outcome =
  /** No further try. */
  | { readonly action: 'fail'; readonly error: SyncError }
  /** Spends an attempt. */
  | { readonly action: 'retry'; readonly error: SyncError; readonly delayMs: number }
  /** The whole lane waits; no attempt spent. */
  | { readonly action: 'limit-lane'; readonly error: SyncError; readonly delayMs: number }
  /** This job waits; no attempt spent. */
  | { readonly action: 'delay'; readonly error: SyncError; readonly delayMs: number }
  /** This job waits for a process that can take it, or for Redis, of which `error` tells; no attempt spent. */
  | {
      readonly action: 'hand-back';
      readonly reason: string;
      readonly delayMs: number;
      readonly error?: SyncError;
    }
  /** The job is of no interest any more: its run was cancelled. */
  | { readonly action: 'drop' };

export interface AttemptFacts extends BackoffBounds {
  /** 1 on the first try. */
  readonly attempt: number;
  readonly attempts: number;
  /** Since the job was queued. */
  readonly ageMs: number;
  /** Since the job was handed back first for want of somebody who may take it; 0: it was not. */
  readonly handedBackMs: number;
  /** In [0, 1). */
  readonly random: number;
  /** Set when the job's signal was aborted: then it is the reason for whatever was thrown. */
  readonly aborted?: AbortReason | undefined;
}

/** A job that was deferred for so long spends attempts from there on, so that it cannot circle for ever. */
export const DEFERRAL_LIMIT_MS = 24 * 60 * 60 * 1000;

// Redis has been waited for already, or waits for the operator.
const REDIS_PAUSE_MS = 5_000;

/** The one place that decides what the queue does about a failure. */
export function decideOutcome(failure: unknown, facts: AttemptFacts): Outcome {
  if (facts.aborted === 'cancelled') return { action: 'drop' };
  if (facts.aborted !== undefined) return { action: 'hand-back', reason: facts.aborted, delayMs: 0 };
  const mayDefer = facts.ageMs < DEFERRAL_LIMIT_MS;
  if (failure instanceof HandBackError) {
    const { limit } = failure;
    if (limit !== undefined && (!mayDefer || facts.handedBackMs >= limit.limitMs))
      return { action: 'fail', error: limit.error };
    if (mayDefer) return { action: 'hand-back', reason: failure.reason, delayMs: failure.handBackMs };
    return retryOrFail(toSyncError(failure), facts);
  }
  const error = toSyncError(explainReply(failure));
  if (mayDefer && isOfRedis(failure))
    return { action: 'hand-back', reason: error.message, delayMs: REDIS_PAUSE_MS, error };
  switch (error.kind) {
    case 'config':
    case 'permanent':
      return { action: 'fail', error };
    case 'rate-limited':
      return mayDefer ? defer(error) : retryOrFail(error, facts);
    case 'retryable':
      return retryOrFail(error, facts);
  }
}

/** A failure of Redis is none of the image or task that it was asked for. */
function isOfRedis(failure: unknown): boolean {
  if (!isSyncError(failure)) return redisTrouble(failure) !== undefined;
  return failure.code === 'REDIS_UNREACHABLE' || redisTrouble(failure.cause) !== undefined;
}

/** The source's limit is shared by all copies of the lane; the target's concerns this copy only. */
function defer(error: SyncError): Outcome {
  const delayMs = rateLimitDelay(error.retryAfterMs);
  // One header must not stop a lane for days.
  if (delayMs === undefined) return { action: 'fail', error };
  return { action: error.side === 'source' ? 'limit-lane' : 'delay', error, delayMs };
}

function retryOrFail(error: SyncError, facts: AttemptFacts): Outcome {
  if (facts.attempt >= facts.attempts) return { action: 'fail', error };
  const delayMs = backoffDelay(facts.attempt, facts, {
    retryAfterMs: error.retryAfterMs,
    random: facts.random,
  });
  return { action: 'retry', error, delayMs };
}
