import type { Digest } from './digest.ts';
import { SyncError } from './errors.ts';
import { formatReference, type Reference } from './reference.ts';

/** Of a tag of the target that may not be overwritten. @param digests.wanted - absent: it is not known yet. */
export function tagChanged(
  target: Reference,
  digests: { readonly wanted?: Digest | undefined; readonly there: Digest },
): SyncError {
  const wanted = digests.wanted === undefined ? 'another image' : `${digests.wanted}`;
  return new SyncError('TAG_CHANGED', {
    message: `${formatReference(target)} is ${digests.there}, and the source now has ${wanted}: on-change: refuse leaves it as it is`,
    hint: 'find out who moved the tag; to follow the source, delete the tag at the target or write on-change: overwrite',
    side: 'target',
    reference: formatReference(target),
    registry: target.registry,
  });
}
