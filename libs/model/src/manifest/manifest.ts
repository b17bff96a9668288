import type { Digest } from '../digest.ts';
import type { Platform } from '../platform.ts';

export const MEDIA_TYPES = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  /** Of a release candidate of the specification; registries that took it still hold what was pushed. */
  ociArtifact: 'application/vnd.oci.artifact.manifest.v1+json',
} as const;

/**
 * The `Accept` header of every manifest request.
 *
 * HEAD and GET must send the same one: registries convert schemas by it, and a different header is a different digest.
 */
export const MANIFEST_ACCEPT = [
  MEDIA_TYPES.ociIndex,
  MEDIA_TYPES.dockerIndex,
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.dockerManifest,
  MEDIA_TYPES.ociArtifact,
].join(', ');

export const isIndexMediaType = (mediaType: string): boolean =>
  mediaType === MEDIA_TYPES.ociIndex || mediaType === MEDIA_TYPES.dockerIndex;

/** https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** On index entries only. */
  readonly platform?: Platform;
}

/** A manifest or index exactly as a registry sent it; `bytes` are what its digest is made of. */
export interface Manifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}
