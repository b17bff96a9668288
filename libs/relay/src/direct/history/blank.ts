import { type Descriptor, digestOf, type Manifest, MEDIA_TYPES } from '@regfleet/model';
import type { ImageCopy } from '../image-copy.ts';

// https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md#guidance-for-an-empty-descriptor
const EMPTY = Buffer.from('{}');
const EMPTY_BLOB: Descriptor = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: digestOf(EMPTY),
  sizeBytes: EMPTY.byteLength,
};

/** What an anchor names that holds nothing any more: where a tag cannot be deleted, it can be overwritten. */
export const BLANK: Manifest = blank();

function blank(): Manifest {
  const { mediaType, digest, sizeBytes: size } = EMPTY_BLOB;
  const empty = { mediaType, digest, size };
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: 'application/vnd.regfleet.blank.v1',
    config: empty,
    layers: [empty],
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { mediaType: MEDIA_TYPES.ociManifest, digest: digestOf(bytes), bytes };
}

/** Brings what the blank is made of. */
export async function bringBlank({ target }: ImageCopy, signal: AbortSignal): Promise<void> {
  const { client, reference } = target;
  const { repository } = reference;
  if ((await client.headBlob(repository, EMPTY_BLOB.digest, { signal })) === true) return;
  await client.uploadBlob(repository, EMPTY_BLOB, async () => emptyContent(), { signal });
}

function emptyContent() {
  const pieces = [Buffer.from(EMPTY)];
  return { read: async () => pieces.shift(), close: () => undefined };
}
