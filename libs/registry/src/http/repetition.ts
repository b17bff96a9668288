import type { ErrorCode } from '@regfleet/model';

/** How one attempt at a request ended. */
export type AttemptEnd =
  | { readonly status: number; readonly retryAfterMs?: number | undefined }
  | { readonly code: ErrorCode };

const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;
// A longer wait belongs into the queue, where it holds no worker.
const MAX_PAUSE_MS = 5_000;

const REPEATED_STATUSES: ReadonlySet<number> = new Set([408, 500, 502, 503, 504]);
const REPEATED_CODES: ReadonlySet<ErrorCode> = new Set(['NETWORK_FAILED', 'STREAM_TRUNCATED']);

/**
 * How long to wait before a repeatable request is sent again; absent: the end stands.
 *
 * A failure is repeated twice after pauses that double, half of each random; `Retry-After` is kept to. Silence is repeated
 * once, a 429 once and only after the wait that it names.
 *
 * @param attempt - how many were made, from 1.
 * @param random - from 0 to 1.
 */
export function repeatAfterMs(end: AttemptEnd, attempt: number, random: number): number | undefined {
  const asked = 'status' in end ? end.retryAfterMs : undefined;
  if (asked !== undefined && asked > MAX_PAUSE_MS) return undefined;
  if (attempt >= limitOf(end)) return undefined;
  const backoffMs = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + random / 2);
  if ('status' in end && end.status === 429)
    return asked === undefined ? undefined : Math.max(asked, backoffMs);
  return Math.max(asked ?? 0, backoffMs);
}

function limitOf(end: AttemptEnd): number {
  if ('code' in end) {
    if (end.code === 'TIMED_OUT') return 2;
    return REPEATED_CODES.has(end.code) ? MAX_ATTEMPTS : 1;
  }
  if (end.status === 429) return 2;
  return REPEATED_STATUSES.has(end.status) ? MAX_ATTEMPTS : 1;
}
