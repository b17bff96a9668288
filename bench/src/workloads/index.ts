import { atScale } from './at-scale.ts';
import { blobsInFlight } from './blobs-in-flight.ts';
import { largeBlobs } from './large-blobs.ts';
import { distantSmallTags, manySmallTags } from './many-small-tags.ts';
import { platforms } from './platforms.ts';
import { requestsPerBlob } from './requests-per-blob.ts';
import { unchanged, unchangedSingle } from './unchanged.ts';
import type { Workload } from './workload.ts';

export const WORKLOADS: readonly Workload[] = [
  manySmallTags,
  distantSmallTags,
  largeBlobs,
  platforms,
  unchanged,
  unchangedSingle,
  atScale,
  blobsInFlight,
  requestsPerBlob,
];
