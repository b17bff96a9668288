import type { BenchRun } from '../bench-run.ts';
import type { Measurements, WorkloadName } from '../result.ts';
import type { Target } from '../targets.ts';

export interface Workload {
  readonly name: WorkloadName;
  readonly title: string;
  measure(run: BenchRun): Promise<Measurements>;
  /** What the measurements have to show; empty where they are only reported. */
  targets(measured: Measurements): readonly Target[];
}
