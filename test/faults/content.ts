import {
  type FilledTag,
  fillRegistry,
  type ImageRecipe,
  type MadeIndex,
  makeIndex,
  type TestRegistry,
} from '@regfleet/harness';

const MOST_REPOSITORIES = 10;
const LEAST_IN_REPOSITORY = 40;
const LARGE_BYTES = 3_000_000;
const MIDDLE_BYTES = 120_000;

/** The repositories of a source, one for each task, and what they hold. */
export interface Content {
  readonly repositories: readonly string[];
  readonly images: readonly FilledTag[];
}

/**
 * Fills the source with so many images: most of them small, some of a size at which a fault meets a blob in its
 * middle, one in eight an index of two platforms. Layers are shared in a repository and between them.
 */
export async function fillSource(source: TestRegistry, count: number): Promise<Content> {
  const length = Math.min(MOST_REPOSITORIES, Math.ceil(count / LEAST_IN_REPOSITORY));
  const repositories = Array.from({ length }, (_, number) => `app-${number}`);
  const fills = repositories.map((repository, place) => ({
    repository,
    tags: Array.from({ length: Math.ceil((count - place) / repositories.length) }, (_, tag) => `v${tag}`),
    image: (tag: string) => contentOf(repository, Number(tag.slice(1))),
  }));
  return { repositories, images: await fillRegistry(source, fills) };
}

function contentOf(repository: string, number: number): ImageRecipe | MadeIndex {
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
