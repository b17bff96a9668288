import {
  childFor,
  type Digest,
  formatReference,
  isIndexMediaType,
  localPlatform,
  type Manifest,
  type PlatformSelection,
  SyncError,
} from '@regfleet/model';
import type { ImageCopy } from './image-copy.ts';
import { at } from './located.ts';
import { fetchManifest } from './source-manifest.ts';

/** The manifest that belongs under the target's name: the source's own, or of an index the child for one platform. */
export async function selectManifest(
  copy: ImageCopy,
  root: Manifest,
  platform: PlatformSelection | undefined,
  signal: AbortSignal,
): Promise<Manifest> {
  if (platform === 'all' || !isIndexMediaType(root.mediaType)) return root;
  if (copy.target.reference.tag === undefined) throw indexByDigest(copy);
  if (platform === undefined) {
    copy.logger.warn(
      { reference: formatReference(copy.source.reference), platform: localPlatform() },
      'the source is an index and no platform is set: only the image for this machine is copied',
    );
  }
  const read = (digest: Digest): Promise<Manifest> => fetchManifest(copy, digest, signal);
  return read(await at(copy.source, signal, () => childFor(root, platform ?? localPlatform(), read)));
}

function indexByDigest({ target }: ImageCopy): SyncError {
  return new SyncError('PLATFORM_INVALID', {
    message: 'one platform of an index cannot be stored under the digest of the index',
    hint: 'set platform: all for this mapping, or give the digest a tag (name@sha256:...)',
    side: target.side,
    reference: formatReference(target.reference),
    registry: target.reference.registry,
  });
}
