import type { Digest } from '@regfleet/model';
import { type MadeBlob, makeBlob, sha256Of } from './blob.ts';
import { gzipOf } from './gzip.ts';
import { noise } from './noise.ts';
import { tarOf } from './tar.ts';

/** Content that is only described; equal seeds and sizes are equal layers. The blob is a little over `sizeBytes`. */
export interface SizedLayer {
  readonly sizeBytes: number;
  readonly seed: string | number;
}

/** The content of the one file in a layer. Equal content is the same layer. */
export type LayerRecipe = string | Uint8Array | SizedLayer;

export interface MadeLayer extends MadeBlob {
  /** Digest of the layer's tar archive, which the image's config names. */
  readonly diffId: Digest;
}

export function makeLayer(recipe: LayerRecipe, mediaType: string): MadeLayer {
  const { sizeBytes, content } = contentOf(recipe);
  const archive = (): Iterable<Uint8Array> => tarOf('content', sizeBytes, content());
  return { ...makeBlob(mediaType, () => gzipOf(archive())), diffId: sha256Of(archive()) };
}

function contentOf(recipe: LayerRecipe): { sizeBytes: number; content: () => Iterable<Uint8Array> } {
  if (typeof recipe === 'object' && 'seed' in recipe) {
    return { sizeBytes: recipe.sizeBytes, content: () => noise(recipe.seed, recipe.sizeBytes) };
  }
  const bytes = Buffer.from(recipe);
  return { sizeBytes: bytes.byteLength, content: () => [bytes] };
}
