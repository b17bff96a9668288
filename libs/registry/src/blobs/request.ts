import type { Digest } from '@regfleet/model';
import { pushScope } from '../auth/scope.ts';
import type { RequestOptions } from '../contract.ts';
import type { RegistryRequest, Session } from '../session/session.ts';

type Common = Pick<RegistryRequest, 'path' | 'scopes' | 'subject' | 'action' | 'reference' | 'signal'>;

export const blobReference = (session: Session, repository: string, digest: Digest): string =>
  `${session.registry}/${repository}@${digest}`;

/** What all requests of an upload have in common. */
export function uploadRequest(
  session: Session,
  blob: { readonly repository: string; readonly digest: Digest },
  { signal }: RequestOptions,
): Common {
  return {
    path: `/v2/${blob.repository}/blobs/uploads/`,
    scopes: [pushScope(blob.repository)],
    subject: 'upload',
    action: 'upload the blob',
    reference: blobReference(session, blob.repository, blob.digest),
    signal,
  };
}
