import type { Programs } from './peers/programs.ts';

/** What every workload is given. */
export interface BenchRun {
  /** Timed passes of each contender. */
  readonly passes: number;
  readonly programs: Programs;
  readonly signal: AbortSignal;
  /** One line on what is done at the moment. */
  say(line: string): void;
}
