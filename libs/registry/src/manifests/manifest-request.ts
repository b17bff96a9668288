import { type Digest, isDigest, MANIFEST_ACCEPT, SyncError } from '@regfleet/model';
import type { RequestOptions } from '../contract.ts';
import type { RegistryRequest, Session } from '../session/session.ts';

/** A manifest by the name that it is asked for. */
export interface NamedManifest {
  readonly repository: string;
  /** Tag or digest. */
  readonly name: string;
}

const ACCEPT = { accept: MANIFEST_ACCEPT };

/** What every request for a manifest has. @param scope - what a token for it has to allow. */
export function manifestRequest(
  session: Session,
  { repository, name }: NamedManifest,
  { scope, signal }: RequestOptions & { readonly scope: string },
): Omit<RegistryRequest, 'method' | 'expects'> {
  return {
    path: `/v2/${repository}/manifests/${name}`,
    scopes: [scope],
    subject: 'manifest',
    action: 'get the manifest of',
    reference: manifestReference(session, { repository, name }),
    headers: ACCEPT,
    signal,
  };
}

export const manifestReference = ({ registry }: Session, { repository, name }: NamedManifest): string =>
  `${registry}/${repository}${isDigest(name) ? '@' : ':'}${name}`;

/** @param wanted - absent: the name. */
export function digestMismatch(
  session: Session,
  place: NamedManifest,
  actual: Digest,
  wanted: string = place.name,
): SyncError {
  const reference = manifestReference(session, place);
  return new SyncError('DIGEST_MISMATCH', {
    message: `the manifest of ${reference} has the digest ${actual} instead of ${wanted}`,
    hint: 'is a cache or proxy in between that changes what it passes on?',
    reference,
    registry: session.registry,
  });
}
