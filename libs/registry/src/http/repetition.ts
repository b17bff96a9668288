import type { ErrorCode } from '@regfleet/model';
import { type Allowance, allowanceIn } from './allowance.ts';
import type { Answer } from './answer.ts';
import { retryAfterMs } from './retry-after.ts';

/** How one attempt at a request ended. */
export type AttemptEnd = AnswerHead | { readonly code: ErrorCode };

/** What of an answer tells whether it is the last one. */
export interface AnswerHead {
  readonly status: number;
  /** For how long it asks to be left alone; absent: it does not. */
  readonly retryAfterMs?: number | undefined;
  /** Absent: it says nothing of that. */
  readonly allowance?: Allowance | undefined;
}

export const headOf = (
  { status, headers }: Pick<Answer, 'status' | 'headers'>,
  nowMs: number,
): AnswerHead => ({
  status,
  retryAfterMs: retryAfterMs(headers['retry-after'], nowMs),
  allowance: allowanceIn(headers),
});

const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;
// A longer wait belongs into the queue, where it holds no worker.
const MAX_PAUSE_MS = 5_000;

// Limits of a few requests a second have room again after the first of these waits.
const MAX_REFUSALS = 4;

const REPEATED_STATUSES: ReadonlySet<number> = new Set([408, 500, 502, 503, 504]);
const REPEATED_CODES: ReadonlySet<ErrorCode> = new Set(['NETWORK_FAILED', 'STREAM_TRUNCATED']);

/**
 * How long to wait before a repeatable request is sent again; absent: the end stands.
 *
 * A failure is repeated twice after pauses that double, half of each random; `Retry-After` is kept to. Silence is repeated
 * once, a 429 once after the wait that it names. One that names none is a limit of requests a second more often than one of
 * hours, so it is repeated three times, after pauses that begin at `refusedMs`.
 *
 * @param attempt - how many were made, from 1.
 * @param random - from 0 to 1.
 * @param refusedMs - as `Timeouts` has it.
 */
export function repeatAfterMs(
  end: AttemptEnd,
  attempt: number,
  random: number,
  refusedMs: number,
): number | undefined {
  const asked = 'status' in end ? end.retryAfterMs : undefined;
  if (asked !== undefined && asked > MAX_PAUSE_MS) return undefined;
  if (attempt >= limitOf(end)) return undefined;
  const firstMs = isBareRefusal(end) ? refusedMs : FIRST_PAUSE_MS;
  const backoffMs = firstMs * 2 ** (attempt - 1) * (0.5 + random / 2);
  return Math.max(asked ?? 0, backoffMs);
}

/** True: it asks for patience without saying how long. */
export const isBareRefusal = (end: AttemptEnd): boolean =>
  'status' in end && end.status === 429 && end.retryAfterMs === undefined;

function limitOf(end: AttemptEnd): number {
  if ('code' in end) {
    if (end.code === 'TIMED_OUT') return 2;
    return REPEATED_CODES.has(end.code) ? MAX_ATTEMPTS : 1;
  }
  if (end.status === 429) return isBareRefusal(end) ? MAX_REFUSALS : 2;
  return REPEATED_STATUSES.has(end.status) ? MAX_ATTEMPTS : 1;
}
