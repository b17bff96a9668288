import {
  type BackoffBounds,
  backoffDelay,
  type CopyResult,
  rateLimitDelay,
  type SyncError,
  toSyncError,
} from '@regfleet/model';
import type { AbortReason } from './attempt.ts';
import { HandBackError } from './hand-back.ts';

/**
 * What becomes of a job: said by the rules, carried out by the store that gave the job.
 *
 * Waits are told as durations, since the clocks of a fleet differ.
 */
export type Verdict<Result> = { readonly verdict: 'done'; readonly result: Result } | Shortfall;

/** Of a copy. */
export type CopyVerdict = Verdict<CopyResult>;

/** Of the expansion of a run. */
export type RunVerdict = Verdict<void>;

/** Of a job that did not come to its end. */
export type Shortfall =
  /** No further try. */
  | { readonly verdict: 'fail'; readonly error: SyncError }
  /** Spends an attempt. */
  | { readonly verdict: 'retry'; readonly error: SyncError; readonly delayMs: number }
  /** All copies from that source wait; no attempt spent. */
  | { readonly verdict: 'pause-source'; readonly error: SyncError; readonly delayMs: number }
  | Deferral
  /** The job is of no interest any more: its run was cancelled. */
  | { readonly verdict: 'drop' };

/** This job waits; no attempt spent. */
export interface Deferral {
  readonly verdict: 'defer';
  readonly delayMs: number;
  /**
   * `registry`: one asked for it. `outage`: one is down, or refuses the account. `taker`: it waits for a process that may take it; the
   * store notes since when. `store`: the store does not do its part. `abort`: it was stopped from outside.
   */
  readonly cause: 'registry' | 'outage' | 'taker' | 'store' | 'abort';
  readonly reason: string;
  readonly error?: SyncError;
}

/** What the store knows of a job. */
export interface JobFacts extends BackoffBounds {
  /** 1 on the first try. */
  readonly attempt: number;
  readonly attempts: number;
  /** Since the job was queued. */
  readonly ageMs: number;
  /** Since a registry, or what may take it, had the job wait for the first time; 0: it has not. Absent: as long as it is old. */
  readonly deferredMs?: number;
  /** Since the job was handed back first for want of somebody who may take it; 0: it was not. */
  readonly handedBackMs: number;
}

/** What the rules look at besides the failure. */
export interface JobContext {
  readonly facts: JobFacts;
  readonly signal: AbortSignal;
  /** Set when the signal was aborted: then it is the reason for whatever was thrown. */
  readonly aborted?: AbortReason | undefined;
  /** A failure of the store is none of the image or task that it was asked for; absent: this is none. */
  troubleOf?(failure: unknown): SyncError | undefined;
  /** Waits without holding a place that another job could use; absent: there is none to be given back. */
  idle?<Result>(wait: () => Promise<Result>): Promise<Result>;
}

/** A job that was deferred for so long spends attempts from there on, so that it cannot circle for ever. */
export const DEFERRAL_LIMIT_MS = 24 * 60 * 60 * 1000;

/** A lane may be long, or paused: what a job waited there is none of it. */
export const mayBeDeferred = ({ deferredMs, ageMs }: JobFacts): boolean =>
  (deferredMs ?? ageMs) < DEFERRAL_LIMIT_MS;

/** Whether a verdict is one that `deferredMs` counts from: the store's own troubles and a stop from outside are none of the job's waits. */
export const beginsWait = (verdict: CopyVerdict): boolean =>
  verdict.verdict === 'pause-source' ||
  (verdict.verdict === 'defer' && verdict.cause !== 'store' && verdict.cause !== 'abort');

// The store has been waited for already, or waits for the operator.
const STORE_PAUSE_MS = 5_000;

/** The verdict on `work`: `done`, or what its failure leads to. Never rejects. */
export async function judged<Result>(
  context: JobContext,
  work: () => Promise<Result>,
): Promise<Verdict<Result>> {
  try {
    return { verdict: 'done', result: await work() };
  } catch (failure) {
    return decideVerdict(failure, context);
  }
}

/**
 * The one place that decides what a failure leads to.
 *
 * @param random - in [0, 1).
 */
export function decideVerdict(failure: unknown, context: JobContext, random = Math.random()): Shortfall {
  const { aborted, facts } = context;
  if (aborted === 'cancelled') return { verdict: 'drop' };
  if (aborted !== undefined) return { verdict: 'defer', cause: 'abort', reason: aborted, delayMs: 0 };
  const mayDefer = mayBeDeferred(facts);
  if (failure instanceof HandBackError) return handBack(failure, { facts, mayDefer, random });
  const trouble = context.troubleOf?.(failure);
  if (mayDefer && trouble !== undefined) {
    const { message: reason } = trouble;
    return { verdict: 'defer', cause: 'store', reason, delayMs: STORE_PAUSE_MS, error: trouble };
  }
  const error = trouble ?? toSyncError(failure);
  switch (error.kind) {
    case 'config':
    case 'permanent':
      return { verdict: 'fail', error };
    case 'rate-limited':
      return mayDefer ? leaveAlone(error) : retryOrFail(error, facts, random);
    case 'retryable':
      return mayDefer && asksForTime(error) ? leaveAlone(error) : retryOrFail(error, facts, random);
  }
}

/** A server that is in trouble and says until when is left alone as one that refuses what is too much. */
const asksForTime = ({ httpStatus, retryAfterMs = 0 }: SyncError): boolean =>
  httpStatus === 503 && retryAfterMs > 0 && rateLimitDelay(retryAfterMs) !== undefined;

function handBack(
  failure: HandBackError,
  { facts, mayDefer, random }: { facts: JobFacts; mayDefer: boolean; random: number },
): Shortfall {
  const { limit, reason, handBackMs } = failure;
  if (limit !== undefined && (!mayDefer || facts.handedBackMs >= limit.limitMs))
    return { verdict: 'fail', error: limit.error };
  if (mayDefer) return { verdict: 'defer', cause: 'taker', reason, delayMs: handBackMs };
  return retryOrFail(toSyncError(failure), facts, random);
}

/** The source's limit is shared by all copies from it; the target's concerns this copy only. */
function leaveAlone(error: SyncError): Shortfall {
  const delayMs = rateLimitDelay(error.retryAfterMs);
  // One header must not stop a lane for days.
  if (delayMs === undefined) return { verdict: 'fail', error };
  if (error.side === 'source') return { verdict: 'pause-source', error, delayMs };
  return { verdict: 'defer', cause: 'registry', reason: error.message, error, delayMs };
}

function retryOrFail(error: SyncError, facts: JobFacts, random: number): Shortfall {
  if (facts.attempt >= facts.attempts) return { verdict: 'fail', error };
  const { retryAfterMs } = error;
  return { verdict: 'retry', error, delayMs: backoffDelay(facts.attempt, facts, { retryAfterMs, random }) };
}
