import { type ImageRecipe, makeIndex } from '@regfleet/harness';
import { compare } from '../compare.ts';
import { regfleetSync } from '../contenders/regfleet.ts';
import { serialSkopeoCopy, skopeoSync } from '../contenders/skopeo.ts';
import { fasterThan } from '../targets.ts';
import { numbered } from './numbered.ts';
import { noRepeatedGets } from './request-targets.ts';
import type { Workload } from './workload.ts';

const KIB = 1024;
const ARCHITECTURES = ['amd64', 'arm64', 's390x'];

export const platforms: Workload = {
  name: 'c',
  title: '20 new tags of three platforms, four layers each, three of them shared',
  measure: (run) =>
    compare(
      {
        fills: [
          {
            repository: 'bench/platforms',
            tags: numbered('v', 20),
            image: (tag) => makeIndex(ARCHITECTURES.map((architecture) => imageOf(tag, architecture))),
          },
        ],
      },
      [regfleetSync(), skopeoSync, serialSkopeoCopy],
      run,
    ),
  targets: (measured) => [fasterThan(measured, 'skopeo sync', 2), noRepeatedGets(measured)],
};

/** A base and a runtime per platform, files that all platforms of a tag share, and a program of its own. */
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
