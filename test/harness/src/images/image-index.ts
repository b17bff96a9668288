import { type Manifest, MEDIA_TYPES } from '@regfleet/model';
import { jsonBlob } from './blob.ts';
import {
  asManifest,
  describe,
  type ImageFormat,
  type ImageRecipe,
  type MadeImage,
  makeImage,
} from './image.ts';

export interface IndexOptions {
  /** Default: that of the first image, by its manifest. */
  readonly format?: ImageFormat;
  /** Of the index; only `oci` has them. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface MadeIndex extends Manifest {
  readonly kind: 'index';
  readonly images: readonly MadeImage[];
}

/** An OCI index, or docker's manifest list, over images of different platforms. */
export function makeIndex(
  images: readonly (ImageRecipe | MadeImage)[],
  options: IndexOptions = {},
): MadeIndex {
  const made = images.map((image) => toImage(image));
  const isOci = options.format ? options.format === 'oci' : made[0]?.mediaType === MEDIA_TYPES.ociManifest;
  const mediaType = isOci ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.dockerIndex;
  const manifests = made.map((image) => ({ ...describe(image), platform: image.platform }));
  const { annotations } = options;
  const index = jsonBlob(mediaType, {
    schemaVersion: 2,
    mediaType,
    manifests,
    ...(annotations && { annotations }),
  });
  return { kind: 'index', images: made, ...asManifest(index) };
}

export const toImage = (image: ImageRecipe | MadeImage): MadeImage =>
  'kind' in image ? image : makeImage(image);
