import { sendsNothingAfter } from '@regfleet/model';
import type { RegistryRequest, Session } from '../session/session.ts';
import type { uploadRequest } from './request.ts';

// Whoever stopped the copy waits for this.
const PATIENCE_MS = 2_000;

/**
 * Tells the registry that an upload will not be completed, so that it need not keep what came of it: best effort, as registries
 * forget uploads by themselves after days, and many cannot be told: distribution 2 takes it only where no body was cut.
 *
 * @see https://distribution.github.io/distribution/spec/api/#canceling-an-upload
 */
export async function giveUpUpload(
  session: Session,
  location: string,
  request: ReturnType<typeof uploadRequest>,
): Promise<void> {
  // Elsewhere there is no session of ours to be ended, and a signed URL allows what it was signed for.
  if (!location.startsWith('/') || sendsNothingAfter(request.signal)) return;
  await session.endpoint.outlast(endUpload(session, location, request));
}

/** Never rejects, and ends in moments. @param location - a path of the registry's own. */
export async function endUpload(
  session: Session,
  location: string,
  request: Pick<RegistryRequest, 'reference' | 'scopes' | 'subject'>,
): Promise<void> {
  try {
    await session.head({
      ...request,
      method: 'DELETE',
      path: location,
      action: 'give up the upload of',
      isRepeatable: false,
      expects: [200, 202, 204, 404],
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    // What ended the upload is what is told.
  }
}
