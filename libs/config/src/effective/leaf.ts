import type { Place } from '../yaml/sourced.ts';

type Scalar = string | number | boolean;

/** A value that is in force. */
export interface Leaf {
  readonly value: Scalar | readonly string[] | Readonly<Record<string, string>>;
  /** The keys that may have said it, the one that wins first; the first is its own. */
  readonly keys: readonly string[];
}

/** By path, e.g. `tasks[0].retries.attempts`. */
export type Leaves = Map<string, Leaf>;

/** Where a key is written, and what of its value the environment gives. */
export interface WrittenPlace extends Place {
  /** Names of variables; most often none. */
  readonly variables: readonly string[];
}

export const MASK = '***';

const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** As the file would have it. */
export function durationText(durationMs: number): string {
  const [unit, size] = UNITS.find(([, ms]) => durationMs !== 0 && durationMs % ms === 0) ?? ['ms', 1];
  return durationMs === 0 ? '0s' : `${durationMs / size}${unit}`;
}
