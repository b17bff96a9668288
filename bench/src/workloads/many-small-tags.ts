import { compare } from '../compare.ts';
import { regfleetSync } from '../contenders/regfleet.ts';
import { serialSkopeoCopy, skopeoSync } from '../contenders/skopeo.ts';
import { fasterThan } from '../targets.ts';
import { numbered } from './numbered.ts';
import { noRepeatedGets } from './request-targets.ts';
import type { Workload } from './workload.ts';

const LAYER_BYTES = 64 * 1024;

export const manySmallTags: Workload = {
  name: 'a',
  title: '200 new tags, two layers of 64 KiB each, one of them shared by all',
  measure: (run) =>
    compare(
      {
        fills: [
          {
            repository: 'bench/small',
            tags: numbered('v', 200),
            image: (tag) => ({
              layers: [
                { sizeBytes: LAYER_BYTES, seed: 'shared' },
                { sizeBytes: LAYER_BYTES, seed: tag },
              ],
            }),
          },
        ],
      },
      [regfleetSync(), skopeoSync, serialSkopeoCopy],
      run,
    ),
  targets: (measured) => [
    fasterThan(measured, 'skopeo sync', 2.5),
    fasterThan(measured, 'serial skopeo copy', 5),
    noRepeatedGets(measured),
  ],
};
