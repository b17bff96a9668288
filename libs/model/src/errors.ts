import { ERROR_CODES, type ErrorCode, type ErrorKind } from './error-codes.ts';
import { clip } from './text/clip.ts';
import { redact } from './text/redact.ts';

/** The end of a copy at which something happened. */
export type Side = 'source' | 'target';

export interface SyncErrorDetails {
  /** What happened, to what, in one sentence without a full stop. */
  readonly message: string;
  /** What the operator can do about it. */
  readonly hint?: string | undefined;
  readonly side?: Side | undefined;
  /** The image or repository it happened to, e.g. `docker.io/library/busybox:1.36`. */
  readonly reference?: string | undefined;
  /** The registry host whose answer or silence this is; the label of `regfleet_copy_errors_total`. */
  readonly registry?: string | undefined;
  readonly httpStatus?: number | undefined;
  /** How long the other side asked to be left alone; set on `rate-limited`, allowed on `retryable`. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** A `SyncError` as it travels in run records, job results and `--json` output. */
export interface SerialisedSyncError {
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly side?: Side;
  readonly reference?: string;
  readonly registry?: string;
  readonly httpStatus?: number;
  readonly retryAfterMs?: number;
}

// Longer than any reference that can be copied.
const MAX_NAME = 1_024;

const nameOf = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : clip(redact(text), MAX_NAME);

/**
 * The one error of this project: made once, where the failure was seen, redacted and bounded at construction.
 *
 * The code decides the kind (`error-codes.ts`), and the kind decides what the queue and the CLI do.
 */
export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly side: Side | undefined;
  readonly reference: string | undefined;
  readonly registry: string | undefined;
  readonly httpStatus: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, details: SyncErrorDetails) {
    super(redact(details.message), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.kind = ERROR_CODES[code];
    this.hint = details.hint === undefined ? undefined : redact(details.hint);
    this.side = details.side;
    this.reference = nameOf(details.reference);
    this.registry = nameOf(details.registry);
    this.httpStatus = details.httpStatus;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** The same error with a side, reference or registry that only the caller knows; what is already set stays. */
  located(where: { side?: Side; reference?: string; registry?: string }): SyncError {
    const located = new SyncError(this.code, {
      message: this.message,
      hint: this.hint,
      side: this.side ?? where.side,
      reference: this.reference ?? where.reference,
      registry: this.registry ?? where.registry,
      httpStatus: this.httpStatus,
      retryAfterMs: this.retryAfterMs,
      cause: this.cause,
    });
    if (this.stack !== undefined) located.stack = this.stack;
    return located;
  }

  toJSON(): SerialisedSyncError {
    const { retryAfterMs } = this;
    return {
      kind: this.kind,
      code: this.code,
      message: this.message,
      ...(this.hint !== undefined && { hint: this.hint }),
      ...(this.side !== undefined && { side: this.side }),
      ...(this.reference !== undefined && { reference: this.reference }),
      ...(this.registry !== undefined && { registry: this.registry }),
      ...(this.httpStatus !== undefined && { httpStatus: this.httpStatus }),
      // JSON would make a wait without end `null`.
      ...(retryAfterMs !== undefined && Number.isFinite(retryAfterMs) && { retryAfterMs }),
    };
  }
}

/** True for a `SyncError`, also one of a second copy of this package. */
export function isSyncError(error: unknown): error is SyncError {
  return error instanceof Error && error.name === 'SyncError' && 'code' in error && 'kind' in error;
}

/** `error` itself when it is a `SyncError`; anything else is a bug of ours and becomes `INTERNAL` with the original as cause. */
export function toSyncError(error: unknown): SyncError {
  if (isSyncError(error)) return error;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new SyncError('INTERNAL', {
    message: `unexpected failure: ${message}`,
    hint: 'this is a bug in regfleet; please report it with the log of this process',
    cause: error,
  });
}
