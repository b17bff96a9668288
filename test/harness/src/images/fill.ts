import type { Digest } from '@regfleet/model';
import { RegistryClient } from '../registry/client.ts';
import type { RegistryEndpoint } from '../registry/endpoint.ts';
import type { MadeArtifact } from './artifact.ts';
import { type ImageRecipe, type MadeImage, makeImage } from './image.ts';
import type { MadeIndex } from './image-index.ts';
import { Pusher } from './push.ts';

export interface RepositoryFill {
  readonly repository: string;
  readonly tags: readonly string[];
  /** What a tag holds; absent: a small image whose first layer all tags share and whose second is its own. */
  readonly image?: (tag: string) => ImageRecipe | MadeImage | MadeIndex | MadeArtifact;
}

export interface FilledTag {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
}

const CONCURRENCY = 12;

/** Pushes many images at once; blobs that several share are sent once. @returns in the order of `fills`. */
export async function fillRegistry(
  registry: RegistryEndpoint,
  fills: readonly RepositoryFill[],
): Promise<FilledTag[]> {
  using client = new RegistryClient(registry);
  const pusher = new Pusher(client);
  const filled: FilledTag[] = [];
  const pending = fills.flatMap((fill) => fill.tags.map((tag) => ({ fill, tag }))).entries();
  const pushNext = async (): Promise<void> => {
    for (const [position, { fill, tag }] of pending) {
      const content = contentOf(fill, tag);
      await pusher.push(fill.repository, tag, content);
      filled[position] = { repository: fill.repository, tag, digest: content.digest };
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, pushNext));
  return filled;
}

function contentOf(fill: RepositoryFill, tag: string): MadeImage | MadeIndex | MadeArtifact {
  const content = fill.image?.(tag) ?? { layers: ['base', `${fill.repository}:${tag}`] };
  return 'kind' in content ? content : makeImage(content);
}
