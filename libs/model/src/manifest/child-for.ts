import type { Digest } from '../digest.ts';
import { SyncError } from '../errors.ts';
import type { Platform } from '../platform.ts';
import { isIndexMediaType, type Manifest, MEDIA_TYPES } from './manifest.ts';
import { parseManifest } from './parse-manifest.ts';
import { pickPlatform } from './pick-platform.ts';

// Deeper than any index known to exist.
const MAX_DEPTH = 8;

const IMAGES: ReadonlySet<string> = new Set([MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest]);

/**
 * The digest of the image that a platform wish means below an index, however deep it stands.
 *
 * @param read - asked for an entry that does not call itself an image, which may be an index.
 * @throws {SyncError} `PLATFORM_UNKNOWN`, `MANIFEST_INVALID`
 */
export async function childFor(
  root: Manifest,
  wanted: Platform,
  read: (digest: Digest) => Promise<Manifest>,
): Promise<Digest> {
  let index = root;
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const parsed = parseManifest(index);
    if (parsed.kind !== 'index') return index.digest;
    const { digest, mediaType } = pickPlatform(parsed.children, wanted);
    if (IMAGES.has(mediaType)) return digest;
    const child = await read(digest);
    if (!isIndexMediaType(child.mediaType)) return digest;
    index = child;
  }
  throw new SyncError('MANIFEST_INVALID', { message: `indexes are nested more than ${MAX_DEPTH} deep` });
}
