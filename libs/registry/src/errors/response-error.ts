import { type ErrorCode, SyncError } from '@regfleet/model';
import type { HttpHeaders } from '../http/contract.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import { type ErrorBody, parseErrorBody, saysExpired, wordsOf } from './error-body.ts';
import { hintFor } from './hints.ts';
import { saysFull, saysImmutable } from './refusals.ts';
import type { Subject } from './subject.ts';

export interface ResponseContext {
  /** As the operator wrote it. */
  readonly registry: string;
  readonly subject: Subject;
  /** What cannot be done now, and with what, as in `cannot <action>`. */
  readonly action: string;
  /** The image, repository or blob that was asked about; absent: the caller knows. */
  readonly reference?: string | undefined;
  /** Who asked, as in `as robot by docker-config`; absent: the action says so, or it does not matter. */
  readonly account?: string | undefined;
}

export interface ErrorResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Its beginning is enough. */
  readonly text: string;
  /** As in `AnswerParts`. */
  readonly proxy?: string | undefined;
}

/** The error that an answer means which was not asked for: by its status first, by the code in its body second. */
export function responseError(response: ErrorResponse, context: ResponseContext, nowMs: number): SyncError {
  const { status, headers, text, proxy } = response;
  const body = parseErrorBody(text, headers['content-type']);
  const code = codeOf(status, body, context.subject);
  return new SyncError(code, {
    message: `cannot ${context.action}: ${context.registry} answered ${status}${detailOf(body)}${accountOf(code, context)}`,
    hint: hintFor(code, {
      status,
      body,
      subject: context.subject,
      proxy,
      challenge: headers['www-authenticate'],
    }),
    reference: context.reference,
    registry: context.registry,
    httpStatus: status,
    retryAfterMs: retryAfterMs(headers['retry-after'], nowMs),
  });
}

function accountOf(code: ErrorCode, { account }: ResponseContext): string {
  return account !== undefined && (code === 'UNAUTHORIZED' || code === 'DENIED')
    ? ` when asked ${account}`
    : '';
}

function detailOf({ code, message, isHtml }: ErrorBody): string {
  if (isHtml) return ' with a web page';
  const parts = [code, message].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` (${parts.join(': ')})`;
}

function codeOf(status: number, body: ErrorBody, subject: Subject): ErrorCode {
  if (status >= 500) return serverCode(status, body);
  if (status >= 300 && status < 400) return 'REDIRECT_REFUSED';
  if (status < 400) return BODY_CODES[body.code ?? ''] ?? 'RESPONSE_INVALID';
  return refusalCode(status, body, subject);
}

function refusalCode(status: number, body: ErrorBody, subject: Subject): ErrorCode {
  if (status === 404) return body.isHtml ? 'RESPONSE_INVALID' : unknownCode(body, subject);
  if (status === 403 && saysExpired(body)) return 'UNAUTHORIZED';
  const byWords = wordsCode(status, body, subject);
  if (byWords !== undefined) return byWords;
  const byStatus = STATUS_CODES[status];
  if (byStatus !== undefined) return byStatus;
  if (subject === 'catalog') return 'LISTING_UNSUPPORTED';
  return BODY_CODES[body.code ?? ''] ?? 'REQUEST_REFUSED';
}

/** Of refusals for which registries take whichever status they like: 400, 403, 405, 409, 412 and 413 were seen. */
function wordsCode(status: number, body: ErrorBody, subject: Subject): ErrorCode | undefined {
  if (!CONTENT_SUBJECTS.has(subject) || OWN_MEANING.has(status)) return undefined;
  const text = wordsOf(body);
  if (saysFull(text)) return 'STORAGE_FULL';
  return subject === 'manifest' && saysImmutable(text) ? 'REQUEST_REFUSED' : undefined;
}

const CONTENT_SUBJECTS: ReadonlySet<Subject> = new Set(['blob', 'manifest', 'upload']);

const OWN_MEANING: ReadonlySet<number> = new Set([401, 407, 408, 429]);

const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  406: 'MEDIA_TYPE_UNSUPPORTED',
  407: 'REQUEST_REFUSED',
  408: 'TIMED_OUT',
  413: 'UPLOAD_TOO_LARGE',
  415: 'MEDIA_TYPE_UNSUPPORTED',
  429: 'RATE_LIMITED',
};

const BODY_CODES: Readonly<Record<string, ErrorCode>> = {
  BLOB_UNKNOWN: 'BLOB_UNKNOWN',
  DENIED: 'DENIED',
  DIGEST_INVALID: 'DIGEST_MISMATCH',
  MANIFEST_BLOB_UNKNOWN: 'BLOB_UNKNOWN',
  MANIFEST_INVALID: 'MANIFEST_INVALID',
  MANIFEST_UNKNOWN: 'MANIFEST_UNKNOWN',
  MANIFEST_UNVERIFIED: 'MANIFEST_INVALID',
  NAME_UNKNOWN: 'REPOSITORY_UNKNOWN',
  SIZE_INVALID: 'DIGEST_MISMATCH',
  TOOMANYREQUESTS: 'RATE_LIMITED',
  UNAUTHORIZED: 'UNAUTHORIZED',
};

const UNKNOWN_CODES: Readonly<Record<Subject, ErrorCode>> = {
  blob: 'BLOB_UNKNOWN',
  catalog: 'LISTING_UNSUPPORTED',
  manifest: 'MANIFEST_UNKNOWN',
  registry: 'RESPONSE_INVALID',
  repository: 'REPOSITORY_UNKNOWN',
  token: 'RESPONSE_INVALID',
  upload: 'REPOSITORY_UNKNOWN',
};

function unknownCode(body: ErrorBody, subject: Subject): ErrorCode {
  // The registry dropped an upload that it had opened; a new one is likely to end well.
  if (body.code === 'BLOB_UPLOAD_UNKNOWN') return 'SERVER_FAILED';
  const byBody = BODY_CODES[body.code ?? ''];
  return CONTENT_SUBJECTS.has(subject) && byBody !== undefined ? byBody : UNKNOWN_CODES[subject];
}

function serverCode(status: number, body: ErrorBody): ErrorCode {
  if (status === 501) return 'REQUEST_REFUSED';
  return status === 507 || saysFull(wordsOf(body)) ? 'STORAGE_FULL' : 'SERVER_FAILED';
}
