import type { Descriptor } from '@regfleet/model';
import type { Answer } from '../http/answer.ts';
import { WRITE_REDIRECTS } from '../http/redirect.ts';
import type { Session } from '../session/session.ts';
import type { UploadBody } from './intake.ts';
import { PortionStream } from './portion-stream.ts';
import type { uploadRequest } from './request.ts';
import { redirectedUpload, uploadUrl, withDigest } from './upload-url.ts';
import type { VerifiedContent } from './verified-content.ts';

export interface UploadAttempt {
  readonly session: Session;
  readonly request: ReturnType<typeof uploadRequest>;
  readonly blob: Descriptor;
  readonly content: VerifiedContent;
  /** Told the position that was reached, as the bytes leave. */
  readonly onPosition: (position: number) => void;
  readonly onTaken: (body: UploadBody) => void;
}

/** Where the attempt stands; kept up to date, so that the next one knows when this one fails. */
export interface UploadState {
  location: string;
  offset: number;
  /** Where the next body goes instead, sent by the same method. */
  redirect?: { readonly method: UploadBody['method']; readonly path: string } | undefined;
  /** What is on its way, or was refused. */
  body?: UploadBody | undefined;
}

/** `redirected`: what was sent has to be sent again, from the same offset on. */
export type AttemptResult = 'complete' | 'redirected';

/** Sends the rest of a blob in one request, and with it completes the upload. */
export async function sendWhole(attempt: UploadAttempt, state: UploadState): Promise<AttemptResult> {
  const { blob } = attempt;
  const { location, offset } = state;
  const answer = await sendBody(attempt, state, {
    method: 'PUT',
    path: withDigest(location, blob.digest),
    size: blob.sizeBytes - offset,
    isPart: offset > 0,
    expects: [200, 201, 204],
  });
  return answer === undefined ? 'redirected' : 'complete';
}

/** Sends the rest of a blob in portions and completes the upload. `state` follows what the registry has taken. */
export async function sendPortions(
  attempt: UploadAttempt,
  state: UploadState,
  portionBytes: number,
): Promise<AttemptResult> {
  const { session, request, blob } = attempt;
  while (state.offset < blob.sizeBytes) {
    const size = Math.min(portionBytes, blob.sizeBytes - state.offset);
    const answer = await sendBody(attempt, state, {
      method: 'PATCH',
      path: state.location,
      size,
      isPart: size < blob.sizeBytes,
      // ECR answers 201.
      expects: [200, 201, 202, 204],
    });
    if (answer === undefined) return 'redirected';
    state.location =
      answer.headers.location === undefined ? state.location : uploadUrl(session, answer, request.reference);
    state.offset += size;
  }
  await session.head({
    ...request,
    method: 'PUT',
    path: withDigest(state.location, blob.digest),
    headers: { 'content-length': '0' },
    isRepeatable: false,
    isCommit: true,
    expects: [200, 201, 204],
  });
  return 'complete';
}

interface BodyRequest {
  readonly method: UploadBody['method'];
  readonly path: string;
  readonly size: number;
  readonly isPart: boolean;
  readonly expects: readonly number[];
}

/** Absent: it is to be sent elsewhere, which `state` tells. Content that has begun to leave cannot be sent twice. */
async function sendBody(
  attempt: UploadAttempt,
  state: UploadState,
  { method, path, size, isPart, expects }: BodyRequest,
): Promise<Answer | undefined> {
  const { session, request, onTaken } = attempt;
  const { redirect } = state;
  const body = { method, bytes: size };
  Object.assign(state, { body, redirect: undefined });
  const answer = await session.head({
    ...request,
    method,
    path: redirect?.method === method ? redirect.path : path,
    headers: portionHeaders(state.offset, size, isPart),
    body: portionBody(attempt, state.offset, size),
    isRepeatable: false,
    isCommit: true,
    isTransfer: true,
    expects: [...expects, ...WRITE_REDIRECTS],
  });
  state.body = undefined;
  if (WRITE_REDIRECTS.includes(answer.status)) {
    state.redirect = { method, path: redirectedUpload(session, answer, request.reference) };
    return undefined;
  }
  onTaken(body);
  return answer;
}

function portionHeaders(offset: number, size: number, isPart: boolean): Record<string, string> {
  return {
    'content-type': 'application/octet-stream',
    'content-length': String(size),
    ...(isPart && { 'content-range': `${offset}-${offset + size - 1}` }),
  };
}

function portionBody(attempt: UploadAttempt, offset: number, size: number): () => PortionStream {
  const { content, onPosition, session, request } = attempt;
  return () => new PortionStream({ session, request, content, offset, size, onPosition });
}
