import { type CopyRequest, formatReference, SyncError } from '@regfleet/model';
import type { RepositoryPair } from './contract.ts';

/** True for one repository by whatever name of its registry. */
export const isSameRepository = ({ source, target }: RepositoryPair): boolean =>
  source.registry === target.registry && source.repository === target.repository;

/**
 * True where an image would be written over itself. Another tag or digest of its repository is another image: `name@digest`
 * gives a name to what is there.
 */
export function isOntoItself({ source, target }: Pick<CopyRequest, 'source' | 'target'>): boolean {
  if (!isSameRepository({ source, target })) return false;
  const isShared = (name: 'tag' | 'digest'): boolean =>
    target[name] !== undefined && target[name] === source[name];
  return isShared('tag') || isShared('digest');
}

/** @throws {SyncError} `REFERENCE_INVALID` where `isOntoItself`. */
export function checkOntoItself(request: Pick<CopyRequest, 'source' | 'target'>): void {
  if (!isOntoItself(request)) return;
  throw new SyncError('REFERENCE_INVALID', {
    message: `source and target are the same image, ${formatReference(request.source)}`,
    hint: 'give the target another name: a platform copied over its own index would take the others away',
    reference: formatReference(request.source),
  });
}
