import { type FilledTag, fillRegistry, makeImage, makeIndex, type RegistryEndpoint } from '@regfleet/harness';
import { formatPlatform } from '@regfleet/model';

const MIB = 1024 * 1024;

// Shared by every image of the shop, as a distribution's base layer is.
const BASE = { sizeBytes: 2 * MIB, seed: 'base' };
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
  { os: 'linux', architecture: 'arm', variant: 'v7' },
];

const versions = (major: number, minors: readonly number[], patches: number): string[] =>
  minors.flatMap((minor) => Array.from({ length: patches }, (_, patch) => `${major}.${minor}.${patch}`));

/** Real images: several layers, shared layers, multi-platform indexes; 40 tags in 4 repositories. */
export function fillSource(registry: RegistryEndpoint): Promise<FilledTag[]> {
  const image = (repository: string) => (tag: string) =>
    makeImage({
      layers: [
        BASE,
        { sizeBytes: 256 * 1024, seed: repository },
        { sizeBytes: 32 * 1024, seed: `${repository}:${tag}` },
      ],
    });
  const index = (repository: string) => (tag: string) =>
    makeIndex(
      PLATFORMS.map((platform) =>
        makeImage({
          platform,
          format: 'oci',
          layers: [
            { sizeBytes: 512 * 1024, seed: `${repository} ${formatPlatform(platform)}` },
            { sizeBytes: 16 * 1024, seed: `${repository}:${tag} ${formatPlatform(platform)}` },
          ],
        }),
      ),
    );
  return fillRegistry(registry, [
    {
      repository: 'shop/web',
      tags: [...versions(1, [28, 29, 30, 31], 4), 'stable'],
      image: image('shop/web'),
    },
    { repository: 'shop/api', tags: versions(2, [0, 1, 2], 5), image: image('shop/api') },
    { repository: 'base/os', tags: ['12', '13', '12-slim', 'latest'], image: index('base/os') },
    { repository: 'base/runtime', tags: ['22', '24', 'lts', 'latest'], image: index('base/runtime') },
  ]);
}
