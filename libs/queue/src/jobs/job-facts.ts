import { DEFERRAL_LIMIT_MS } from '@regfleet/fleet';

// A time that is further ahead than clocks of one fleet differ was chosen by somebody.
const CLOCK_SKEW_MS = 60 * 60 * 1000;
// More than any config says; an end to a job whose tries somebody chose.
const MOST_ATTEMPTS = 10_000;

/** BullMQ's fields of a job that decide what becomes of it. */
export interface JobFields {
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly attemptsMade: number;
  readonly opts: { readonly attempts?: unknown };
}

/** What a job says of itself. */
export interface ReadFacts {
  /** 1 on the first try. */
  readonly attempt: number;
  readonly attempts: number;
  /** Since the job was queued. */
  readonly ageMs: number;
}

/** What is believed of `job`: whoever can write to Redis chose its fields, and none of them may keep it going for ever. */
export function jobFacts(job: JobFields, nowMs: number): ReadFacts {
  const ageMs = nowMs - job.timestamp;
  const isAge = isCredible(job, nowMs);
  const isCount = Number.isSafeInteger(job.attemptsMade) && job.attemptsMade >= 0;
  return {
    attempt: isCount ? job.attemptsMade + 1 : MOST_ATTEMPTS,
    attempts: attemptsOf(job.opts.attempts),
    ageMs: isAge ? Math.max(0, ageMs) : DEFERRAL_LIMIT_MS,
  };
}

// Longer than anything is kept of a run, so than any job of one waits.
const OLDEST_MS = 32 * 24 * 60 * 60 * 1000;

/** False: it was queued at a time that somebody has chosen. */
export function isCredible({ timestamp }: JobFields, nowMs: number): boolean {
  const ageMs = nowMs - timestamp;
  return ageMs >= -CLOCK_SKEW_MS && ageMs <= OLDEST_MS;
}

function attemptsOf(attempts: unknown): number {
  const isCount = typeof attempts === 'number' && attempts >= 1;
  return isCount ? Math.min(attempts, MOST_ATTEMPTS) : 1;
}

/**
 * How long ago something happened to a job first, at most since it was queued.
 *
 * @param atMs - when; epoch milliseconds.
 * @returns absent when it has not yet, or at a time that nobody can have written down.
 */
export function sinceFirstMs(atMs: number | undefined, ageMs: number, nowMs: number): number | undefined {
  if (atMs === undefined || atMs > nowMs + CLOCK_SKEW_MS) return undefined;
  return Math.min(Math.max(0, nowMs - atMs), ageMs);
}
