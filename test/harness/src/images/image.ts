import { localPlatform, type Manifest, MEDIA_TYPES, type Platform } from '@regfleet/model';
import { jsonBlob, type MadeBlob } from './blob.ts';
import { type LayerRecipe, type MadeLayer, makeLayer } from './layer.ts';

export type ImageFormat = 'docker' | 'oci';

export interface ImageRecipe {
  readonly layers: readonly LayerRecipe[];
  /** Default: that of this machine. */
  readonly platform?: Platform;
  /** Default `docker`. */
  readonly format?: ImageFormat;
  /** Of the manifest; only `oci` has them. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface MadeImage extends Manifest {
  readonly kind: 'image';
  readonly platform: Platform;
  readonly config: MadeBlob;
  readonly layers: readonly MadeLayer[];
}

const FORMATS = {
  docker: {
    manifest: MEDIA_TYPES.dockerManifest,
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
  oci: {
    manifest: MEDIA_TYPES.ociManifest,
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
} as const;

/** An image that docker and skopeo accept. The same recipe makes the same bytes. */
export function makeImage(recipe: ImageRecipe): MadeImage {
  const mediaTypes = FORMATS[recipe.format ?? 'docker'];
  const platform = recipe.platform ?? localPlatform();
  const layers = recipe.layers.map((layer) => makeLayer(layer, mediaTypes.layer));
  const config = jsonBlob(mediaTypes.config, {
    created: '2020-01-01T00:00:00Z',
    os: 'linux',
    ...platform,
    config: { Cmd: ['/content'] },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map(() => ({ created: '2020-01-01T00:00:00Z', created_by: 'regfleet test' })),
  });
  const manifest = jsonBlob(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: describe(config),
    layers: layers.map(describe),
    ...(recipe.annotations && { annotations: recipe.annotations }),
  });
  return { kind: 'image', platform, config, layers, ...asManifest(manifest) };
}

/** A descriptor as manifests write it. */
export function describe(content: MadeBlob | Manifest): { mediaType: string; digest: string; size: number } {
  const size = 'sizeBytes' in content ? content.sizeBytes : content.bytes.byteLength;
  return { mediaType: content.mediaType, digest: content.digest, size };
}

export function asManifest(blob: MadeBlob): Manifest {
  return { mediaType: blob.mediaType, digest: blob.digest, bytes: blob.bytes() };
}
