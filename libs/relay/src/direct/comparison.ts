import type { ManifestHead } from '@regfleet/model';
import { type CopyRequest, type Digest, isIndexMediaType, manifestName } from '@regfleet/model';
import type { ImageCopy } from './image-copy.ts';
import { at } from './located.ts';

/** What the target answers under the name that is to be written; absent: nothing yet, or nothing that it would tell. */
export async function headTarget(
  { target, logger }: ImageCopy,
  signal: AbortSignal,
): Promise<ManifestHead | undefined> {
  const { client, reference } = target;
  const name = reference.tag ?? manifestName(reference);
  const head = await at(target, signal, () => client.headTarget(reference.repository, name, { signal }));
  if (head === undefined || !('untold' in head)) return head;
  logger.debug(
    { side: 'target', error: head.untold },
    'the target refuses to say what it has: the push will show',
  );
  return undefined;
}

/**
 * The digest of the source where it can be had without a GET, which some registries count and limit.
 *
 * Asks only where the answer may save the GET: the target may be in sync, or the manifest may be known already.
 */
export async function sourceDigest(
  { source }: ImageCopy,
  request: CopyRequest,
  target: ManifestHead | undefined,
  signal: AbortSignal,
): Promise<Digest | undefined> {
  const { client, reference } = source;
  if (reference.digest !== undefined) return reference.digest;
  const planned = request.sourceDigest;
  const mayBeInSync = target !== undefined && (planned === undefined || planned === target.digest);
  const isKnown = planned !== undefined && client.knownManifest(reference.repository, planned) !== undefined;
  if (!mayBeInSync && !isKnown) return undefined;
  const name = manifestName(reference);
  const head = await at(source, signal, () => client.headManifest(reference.repository, name, { signal }));
  return head?.digest;
}

/**
 * Whether the target answers the very manifest that a copy would put there.
 *
 * Equal digests are the wrong question where one platform of an index is wanted and the target has the whole index. A
 * target without a tag can hold nothing else than what its digest says.
 */
export function isInSync(
  { platform, target: { tag } }: CopyRequest,
  source: Digest,
  target: ManifestHead | undefined,
): boolean {
  if (source !== target?.digest) return false;
  return platform === 'all' || tag === undefined || !isIndexMediaType(target.mediaType);
}
