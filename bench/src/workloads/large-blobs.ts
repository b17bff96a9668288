import { compare } from '../compare.ts';
import { regfleetSync } from '../contenders/regfleet.ts';
import { serialSkopeoCopy, skopeoSync } from '../contenders/skopeo.ts';
import { fasterThan, memoryBelow } from '../targets.ts';
import { numbered } from './numbered.ts';
import { noRepeatedGets } from './request-targets.ts';
import type { Workload } from './workload.ts';

const MIB = 2 ** 20;

export const largeBlobs: Workload = {
  name: 'b',
  title: '4 new images of three layers of 128 MiB',
  measure: (run) =>
    compare(
      {
        fills: [
          {
            repository: 'bench/large',
            tags: numbered('v', 4),
            image: (tag) => ({
              layers: numbered(`${tag} layer `, 3).map((seed) => ({ sizeBytes: 128 * MIB, seed })),
            }),
          },
        ],
      },
      [regfleetSync(), skopeoSync, serialSkopeoCopy],
      run,
    ),
  targets: (measured) => [
    fasterThan(measured, 'skopeo sync', 1),
    memoryBelow(measured, 160 * MIB),
    noRepeatedGets(measured),
  ],
};
