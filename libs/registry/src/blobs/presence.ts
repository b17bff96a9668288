import type { Digest } from '@regfleet/model';
import { pushScope } from '../auth/scope.ts';
import type { RequestOptions } from '../contract.ts';
import type { Session } from '../session/session.ts';
import { blobReference } from './request.ts';

/**
 * Whether a repository that is to be pushed to holds the blob; absent: the registry does not say, as those whose stores sign
 * addresses for GET only.
 */
export async function headBlob(
  session: Session,
  repository: string,
  digest: Digest,
  { signal }: RequestOptions = {},
): Promise<boolean | undefined> {
  const looked = await session.look({
    path: `/v2/${repository}/blobs/${digest}`,
    scopes: [pushScope(repository)],
    subject: 'blob',
    action: 'look for the blob',
    reference: blobReference(session, repository, digest),
    expects: [200, 404],
    // A registry refuses a manifest whose blob it does not hold, so a false answer is found out.
    isVerified: true,
    signal,
  });
  return 'answer' in looked ? looked.answer.status === 200 : undefined;
}
