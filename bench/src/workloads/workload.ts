import type { BenchRun } from '../bench-run.ts';
import type { PeerName } from '../peers/programs.ts';
import type { Measurements, WorkloadName, WorkloadResult } from '../result.ts';
import type { Target } from '../targets.ts';

export interface Workload {
  readonly name: WorkloadName;
  readonly title: string;
  measure(run: BenchRun): Promise<Measurements>;
  /** What the measurements have to show; empty where they are only reported. */
  targets(result: WorkloadResult): readonly Target[];
}

/** In the order of the tables. */
export const ALL_PEERS: readonly PeerName[] = [
  'ocync',
  'crane',
  'regsync',
  'skopeo sync',
  'image-syncer',
  "Debian's skopeo sync",
];

/** Those that are not ten times slower where much is asked or the way is far. */
export const FAST_PEERS: readonly PeerName[] = ['ocync', 'crane', 'regsync', 'skopeo sync'];
