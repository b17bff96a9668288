import type { RepositoryFill } from '@regfleet/harness';
import { compare } from '../compare.ts';
import { regfleetSync } from '../contenders/regfleet.ts';
import { serialSkopeoCopy, skopeoSync } from '../contenders/skopeo.ts';
import type { Measurements } from '../result.ts';
import { fasterThan, type Target } from '../targets.ts';
import { numbered } from './numbered.ts';
import { noRepeatedGets } from './request-targets.ts';
import type { Workload } from './workload.ts';

const LAYER_BYTES = 64 * 1024;

export const manySmallTags: Workload = {
  name: 'a',
  title: '200 new tags, two layers of 64 KiB each, one of them shared by all',
  measure: (run) => compare({ fills: [smallTags(200)] }, [regfleetSync(), skopeoSync, serialSkopeoCopy], run),
  targets,
};

// A region away; Docker Hub from Europe is more.
const LATENCY_MS = 20;

/** The round trips that loopback hides. */
export const distantSmallTags: Workload = {
  name: 'a-distant',
  title: `50 new tags like those of (a), both registries ${LATENCY_MS} ms away`,
  measure: (run) =>
    compare(
      { fills: [smallTags(50)], latencyMs: LATENCY_MS },
      [regfleetSync(), skopeoSync, serialSkopeoCopy],
      run,
    ),
  targets,
};

function smallTags(count: number): RepositoryFill {
  return {
    repository: 'bench/small',
    tags: numbered('v', count),
    image: (tag) => ({
      layers: [
        { sizeBytes: LAYER_BYTES, seed: 'shared' },
        { sizeBytes: LAYER_BYTES, seed: tag },
      ],
    }),
  };
}

function targets(measured: Measurements): readonly Target[] {
  return [
    fasterThan(measured, 'skopeo sync', 2.5),
    fasterThan(measured, 'serial skopeo copy', 5),
    noRepeatedGets(measured),
  ];
}
