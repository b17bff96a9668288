import {
  type FilledTag,
  fillRegistry,
  type ImageRecipe,
  type MadeImage,
  type MadeIndex,
  makeImage,
  makeIndex,
  type TestRegistry,
} from '@regfleet/harness';
import { type AllBelongings, attachToImages } from './belongings.ts';

const MOST_REPOSITORIES = 10;
const LEAST_IN_REPOSITORY = 40;
const LARGE_BYTES = 3_000_000;
const MIDDLE_BYTES = 120_000;

/** The repositories of a source, one for each task, and what they hold. */
export interface Content {
  readonly repositories: readonly string[];
  readonly images: readonly FilledTag[];
  readonly belongings: AllBelongings;
}

/**
 * Fills the source with so many images: most of them small, some of a size at which a fault meets a blob in its
 * middle, one in eight an index of two platforms. Layers are shared in a repository and between them. To some of every second
 * repository something is attached.
 */
export async function fillSource(source: TestRegistry, count: number): Promise<Content> {
  const length = Math.min(MOST_REPOSITORIES, Math.ceil(count / LEAST_IN_REPOSITORY));
  const repositories = Array.from({ length }, (_, number) => `app-${number}`);
  const fills = repositories.map((repository, place) => ({
    repository,
    tags: Array.from({ length: Math.ceil((count - place) / repositories.length) }, (_, tag) => `v${tag}`),
    image: (tag: string) => contentOf({ repository, tag }),
  }));
  const images = await fillRegistry(source, fills);
  return { repositories, images, belongings: await attachToImages(source, images, contentOf) };
}

function contentOf({ repository, tag }: Pick<FilledTag, 'repository' | 'tag'>): MadeImage | MadeIndex {
  const content = recipeOf(repository, Number(tag.slice(1)));
  return 'kind' in content ? content : makeImage(content);
}

function recipeOf(repository: string, number: number): ImageRecipe | MadeIndex {
  const name = `${repository}:${number}`;
  if (number % 8 === 3) {
    const images = ['amd64', 'arm64'].map((architecture) => ({
      layers: ['base', `${name} for ${architecture}`],
      platform: { os: 'linux', architecture },
    }));
    return makeIndex(images);
  }
  if (number % 40 === 7) return { layers: ['base', { sizeBytes: LARGE_BYTES, seed: name }] };
  if (number % 5 === 2)
    return { layers: ['base', { sizeBytes: MIDDLE_BYTES, seed: name }, `of ${repository}`] };
  return { layers: ['base', `of ${repository}`, name] };
}
