import { atScale } from './at-scale.ts';
import { blobsInFlight } from './blobs-in-flight.ts';
import { COMPARED } from './compared.ts';
import { fleet } from './fleet.ts';
import { referrers } from './referrers.ts';
import { requestsPerBlob } from './requests-per-blob.ts';
import { scheduler } from './scheduler.ts';
import { start } from './start.ts';
import type { Workload } from './workload.ts';

export const WORKLOADS: readonly Workload[] = [
  ...COMPARED,
  atScale,
  referrers,
  scheduler,
  fleet,
  start,
  blobsInFlight,
  requestsPerBlob,
];
