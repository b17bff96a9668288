import {
  childFor,
  type Digest,
  filterIndex,
  formatPlatform,
  formatReference,
  isIndexMediaType,
  isPlatformList,
  localPlatform,
  type Manifest,
  type PlatformList,
  type PlatformSelection,
  SyncError,
} from '@regfleet/model';
import type { ImageCopy } from './image-copy.ts';
import { at } from './located.ts';
import { fetchManifest } from './source-manifest.ts';

/** What belongs under the target's name. */
export interface SelectedManifest {
  readonly manifest: Manifest;
  /** True: the source has none of these bytes, which are an index of some of its platforms. */
  readonly isMade: boolean;
}

/** The source's own manifest, or of an index the child for one platform, or an index of some. */
export async function selectManifest(
  copy: ImageCopy,
  root: Manifest,
  platform: PlatformSelection | undefined,
  signal: AbortSignal,
): Promise<SelectedManifest> {
  if (platform === 'all' || !isIndexMediaType(root.mediaType)) return { manifest: root, isMade: false };
  if (isPlatformList(platform)) return await selectPlatforms(copy, root, platform, signal);
  if (copy.target.reference.tag === undefined) throw indexByDigest(copy);
  if (platform === undefined) {
    copy.logger.warn(
      { reference: formatReference(copy.source.reference), platform: localPlatform() },
      'the source is an index and no platform is set: only the image for this machine is copied',
    );
  }
  const read = (digest: Digest): Promise<Manifest> => fetchManifest(copy, digest, signal);
  const child = await at(copy.source, signal, () => childFor(root, platform ?? localPlatform(), read));
  return { manifest: await read(child), isMade: false };
}

async function selectPlatforms(
  copy: ImageCopy,
  root: Manifest,
  list: PlatformList,
  signal: AbortSignal,
): Promise<SelectedManifest> {
  const { manifest, missing } = await at(copy.source, signal, async () => filterIndex(root, list));
  const isMade = manifest.digest !== root.digest;
  if (isMade && copy.target.reference.tag === undefined) throw indexByDigest(copy);
  if (missing.length > 0) {
    const reference = formatReference(copy.source.reference);
    const platforms = missing.map(formatPlatform);
    copy.logger.info({ reference, platforms }, 'the source has no image for some of the platforms');
  }
  return { manifest, isMade };
}

function indexByDigest({ target }: ImageCopy): SyncError {
  return new SyncError('PLATFORM_INVALID', {
    message: 'a part of an index cannot be stored under the digest of the index',
    hint: 'set platform: all for this mapping, or give the digest a tag (name@sha256:...)',
    side: target.side,
    reference: formatReference(target.reference),
    registry: target.reference.registry,
  });
}
