import { type ErrorCode, parseJson, SyncError } from '@regfleet/model';
import type { z } from 'zod';
import { tellsErrors } from '../errors/error-body.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../http/contract.ts';
import { retryAfterMs as askedWaitMs } from '../http/retry-after.ts';

/** What a request is for, as messages name it. */
export interface JsonQuestion<T> {
  /** Begins with the provider or lister, e.g. `lister dockerhub: login`. */
  readonly what: string;
  readonly registry: string;
  readonly schema: z.ZodType<T>;
}

const HINTS: Partial<Record<ErrorCode, string>> = {
  UNAUTHORIZED: 'are the user and the password or token of this location still valid?',
  DENIED: 'has this identity been given access?',
};

/**
 * The answer of a web API around registries. Bodies are never quoted: they may hold tokens.
 *
 * @throws {SyncError} by the status; `RESPONSE_INVALID` when the answer is not what `schema` says; as `HttpClient` throws.
 */
export async function requestJson<T>(
  http: HttpClient,
  request: HttpRequest,
  question: JsonQuestion<T>,
): Promise<T> {
  const response = await http.request(request);
  if (response.status < 200 || response.status > 299) throw statusError(response, question);
  const parsed = question.schema.safeParse(parseJson(response.text));
  const isError = tellsErrors(Buffer.from(response.text));
  if (parsed.success && !isError) return parsed.data;
  const issue = isError ? { path: ['errors'], message: 'it tells some' } : parsed.error?.issues[0];
  throw new SyncError('RESPONSE_INVALID', {
    message: `${question.what} for ${question.registry}: unexpected answer: ${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'invalid'}`,
    hint: 'is a proxy or a login page answering in its place?',
    registry: question.registry,
    httpStatus: response.status,
  });
}

function statusError<T>({ status, headers }: HttpResponse, { what, registry }: JsonQuestion<T>): SyncError {
  const code = codeOf(status);
  const waitMs = askedWaitMs(headers['retry-after'], Date.now());
  const isWaiting = code === 'RATE_LIMITED' || (code === 'SERVER_FAILED' && waitMs !== undefined);
  return new SyncError(code, {
    message: `${what} for ${registry} was answered with ${status}`,
    hint: HINTS[code],
    registry,
    httpStatus: status,
    ...(isWaiting && { retryAfterMs: waitMs ?? DEFAULT_WAIT_MS }),
  });
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'DENIED';
  if (status === 429) return 'RATE_LIMITED';
  return status >= 500 ? 'SERVER_FAILED' : 'REQUEST_REFUSED';
}

// Docker Hub's own limits are by the minute.
const DEFAULT_WAIT_MS = 60_000;
