import { isSyncError } from '@regfleet/model';
import { deleteScope } from '../auth/scope.ts';
import type { RequestOptions } from '../contract.ts';
import type { Session } from '../session/session.ts';
import { manifestRequest, type NamedManifest } from './manifest-request.ts';

// What is not there needs no deletion.
const GONE = 404;
// distribution 2, and others that delete by digest alone.
const NOT_BY_TAG: readonly number[] = [400, 405, 501];

/** Takes a tag away. @returns false: the registry deletes no tags, or not for this account. */
export async function deleteTag(
  session: Session,
  place: NamedManifest,
  { signal }: RequestOptions = {},
): Promise<boolean> {
  try {
    const { status } = await session.head({
      ...manifestRequest(session, place, { signal, scope: deleteScope(place.repository) }),
      method: 'DELETE',
      action: 'delete the tag',
      expects: [200, 202, 204, GONE, ...NOT_BY_TAG],
    });
    return !NOT_BY_TAG.includes(status);
  } catch (error) {
    signal?.throwIfAborted();
    if (isSyncError(error) && (error.code === 'DENIED' || error.code === 'UNAUTHORIZED')) return false;
    throw error;
  }
}
