import {
  formatReference,
  isIndexMediaType,
  localPlatform,
  type Manifest,
  type Platform,
  type PlatformSelection,
  SyncError,
} from '@regfleet/model';
import type { ImageCopy } from './image-copy.ts';
import { at } from './located.ts';
import { parseManifest } from './parse-manifest.ts';
import { pickPlatform } from './pick-platform.ts';
import { fetchManifest } from './source-manifest.ts';

// Deeper than any index known to exist.
const MAX_DEPTH = 8;

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
  return childFor(copy, root, platform ?? localPlatform(), signal);
}

async function childFor(
  copy: ImageCopy,
  root: Manifest,
  wanted: Platform,
  signal: AbortSignal,
): Promise<Manifest> {
  let manifest = root;
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const parent = manifest;
    const child = await at(copy.source, signal, async () => {
      const parsed = parseManifest(parent);
      return parsed.kind === 'index' ? pickPlatform(parsed.children, wanted) : undefined;
    });
    if (child === undefined) return manifest;
    manifest = await fetchManifest(copy, child.digest, signal);
  }
  const message = `indexes are nested more than ${MAX_DEPTH} deep`;
  return at(copy.source, signal, () => Promise.reject(new SyncError('MANIFEST_INVALID', { message })));
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
