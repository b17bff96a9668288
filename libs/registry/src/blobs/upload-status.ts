import { isSyncError } from '@regfleet/model';
import type { Session } from '../session/session.ts';
import type { uploadRequest } from './request.ts';
import { uploadUrl } from './upload-url.ts';

/** Where an upload can be continued. */
export interface UploadPosition {
  readonly location: string;
  readonly offset: number;
}

/**
 * What of an upload the registry has after a cut; absent: nothing that could be continued.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#resuming-an-interrupted-upload
 */
export async function uploadStatus(
  session: Session,
  location: string,
  request: ReturnType<typeof uploadRequest>,
): Promise<UploadPosition | undefined> {
  // What lies elsewhere has its own rules (signed for one PUT).
  if (!location.startsWith('/')) return undefined;
  try {
    const answer = await session.head({
      ...request,
      method: 'GET',
      path: location,
      expects: [200, 202, 204],
    });
    // Only the registry itself says where its uploads go on.
    if (!session.endpoint.isOwn(answer.url)) return undefined;
    const last = Number(/^(?:bytes[= ])?0-(\d+)$/.exec(answer.headers.range ?? '')?.[1] ?? 0);
    // distribution says 0-0 of an empty upload as well as of one with a single byte.
    if (last === 0) return undefined;
    const next =
      answer.headers.location === undefined ? location : uploadUrl(session, answer, request.reference);
    return { location: next, offset: last + 1 };
  } catch (error) {
    request.signal?.throwIfAborted();
    if (isSyncError(error)) return undefined;
    throw error;
  }
}
