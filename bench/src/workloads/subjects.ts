import { type ImageRecipe, makeIndex, type RepositoryFill } from '@regfleet/harness';
import { numbered } from './numbered.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const ARCHITECTURES = ['amd64', 'arm64', 's390x'];

/** New tags in ten repositories, two layers of 64 KiB each, one of them shared by all. */
export function smallTags(perRepository: number): RepositoryFill[] {
  return numbered('bench/small', 10).map((repository) => ({
    repository,
    tags: numbered('v', perRepository),
    image: (tag) => ({
      layers: [
        { sizeBytes: 64 * KIB, seed: 'shared' },
        { sizeBytes: 64 * KIB, seed: `${repository} ${tag}` },
      ],
    }),
  }));
}

export function largeLayers(images: number): RepositoryFill {
  return {
    repository: 'bench/large',
    tags: numbered('v', images),
    image: (tag) => ({
      layers: numbered(`${tag} layer `, 3).map((seed) => ({ sizeBytes: 128 * MIB, seed })),
    }),
  };
}

/** Four layers a platform: a base and a runtime of its own, files that all platforms of a tag share, and a program. */
export function newPlatforms(tags: number): RepositoryFill {
  return {
    repository: 'bench/platforms',
    tags: numbered('v', tags),
    image: (tag) => makeIndex(ARCHITECTURES.map((architecture) => imageOf(tag, architecture))),
  };
}

function imageOf(tag: string, architecture: string): ImageRecipe {
  return {
    format: 'oci',
    platform: { os: 'linux', architecture },
    layers: [
      { sizeBytes: 1024 * KIB, seed: `base ${architecture}` },
      { sizeBytes: 512 * KIB, seed: `runtime ${architecture}` },
      { sizeBytes: 128 * KIB, seed: `files ${tag}` },
      { sizeBytes: 64 * KIB, seed: `program ${tag} ${architecture}` },
    ],
  };
}

/** Images whose content is beside the point. */
export function anyPlatforms(tags: number): RepositoryFill {
  return {
    repository: 'bench/platforms',
    tags: numbered('v', tags),
    image: (tag) =>
      makeIndex(
        ARCHITECTURES.map((architecture) => ({
          format: 'oci',
          platform: { os: 'linux', architecture },
          layers: [`base ${architecture}`, tag],
        })),
      ),
  };
}
