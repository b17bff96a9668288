import { type Manifest, MEDIA_TYPES } from '@regfleet/model';
import { jsonBlob, type MadeBlob, makeBlob } from './blob.ts';
import { asManifest, describe } from './image.ts';

export interface ArtifactRecipe {
  /** What it belongs to; absent: it stands alone, as what cosign keeps under tags. */
  readonly subject?: Manifest;
  /** Absent: that of the config stands for it. */
  readonly artifactType?: string;
  /** Default: the empty config of the image specification. */
  readonly configType?: string;
  readonly layers: readonly { readonly mediaType: string; readonly content: string }[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface MadeArtifact extends Manifest {
  readonly kind: 'image';
  readonly config: MadeBlob;
  readonly layers: readonly MadeBlob[];
}

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md#guidelines-for-artifact-usage */
export function makeArtifact(recipe: ArtifactRecipe): MadeArtifact {
  const { subject, artifactType, configType = 'application/vnd.oci.empty.v1+json', annotations } = recipe;
  const config = jsonBlob(configType, {});
  const layers = recipe.layers.map(({ mediaType, content }) =>
    makeBlob(mediaType, () => [Buffer.from(content)]),
  );
  const manifest = jsonBlob(MEDIA_TYPES.ociManifest, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    ...(artifactType && { artifactType }),
    config: describe(config),
    layers: layers.map(describe),
    ...(subject && { subject: describe(subject) }),
    ...(annotations && { annotations }),
  });
  return { kind: 'image', config, layers, ...asManifest(manifest) };
}
