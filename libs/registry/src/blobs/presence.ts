import type { Digest } from '@regfleet/model';
import { pullScope } from '../auth/scope.ts';
import type { RequestOptions } from '../contract.ts';
import type { Session } from '../session/session.ts';
import { blobReference } from './request.ts';

/** Whether the repository holds the blob; absent: the registry does not say, as those whose stores sign addresses for GET only. */
export async function headBlob(
  session: Session,
  repository: string,
  digest: Digest,
  { signal }: RequestOptions = {},
): Promise<boolean | undefined> {
  const request = {
    method: 'HEAD' as const,
    path: `/v2/${repository}/blobs/${digest}`,
    scopes: [pullScope(repository)],
    subject: 'blob' as const,
    action: 'look for the blob',
    reference: blobReference(session, repository, digest),
    expects: [200, 404],
    // A registry refuses a manifest whose blob it does not hold, so a false answer is found out.
    isVerified: true,
    signal,
  };
  try {
    const { status } = await session.head(request);
    return status === 200;
  } catch (error) {
    if (session.openEnd(error) === undefined) throw error;
    return undefined;
  }
}
