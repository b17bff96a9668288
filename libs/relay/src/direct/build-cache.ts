import { type Descriptor, isIndexMediaType, isSyncError, type Manifest, SyncError } from '@regfleet/model';
import { isMissingContent } from '../missing-content.ts';

interface PutManifest {
  readonly manifest: Manifest;
  /** What the manifest names besides manifests. */
  readonly blobs: readonly Descriptor[];
  /** True: everything that it names was seen at the target. */
  readonly isFinal: boolean;
}

/**
 * What a target's refusal means of an index that names layers as if they were manifests, which BuildKit's caches do unless told
 * otherwise: some registries look for a manifest of each name, and say that it is unknown or invalid. Other errors are as they were.
 */
export function explainedRefusal(error: unknown, { manifest, blobs, isFinal }: PutManifest): unknown {
  if (!isSyncError(error) || !isIndexMediaType(manifest.mediaType) || blobs.length === 0) return error;
  const isRefused = error.code === 'MANIFEST_INVALID' || (isFinal && isMissingContent(error));
  if (!isRefused) return error;
  return new SyncError('MEDIA_TYPE_UNSUPPORTED', {
    message: error.message,
    hint: 'the index names layers in place of manifests, as build caches do, and the target does not take that: leave its tag out, or export the cache with image-manifest=true',
    side: error.side,
    reference: error.reference,
    registry: error.registry,
    httpStatus: error.httpStatus,
    cause: error,
  });
}
