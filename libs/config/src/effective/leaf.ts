import { redact } from '@regfleet/model';
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

// A user alone is none: ssh://joe@host is where a daemon is. What is masked already stays as it is.
const URL_WITH_PASSWORD = /:\/\/[^\s/@:]*:(?!\*{3}@)[^\s@]*@/;

const shownText = (text: string): string => (URL_WITH_PASSWORD.test(text) ? redact(text) : text);

/** As it may be shown: a key that is no secret may hold a URL with a login all the same. */
export function shown(value: Leaf['value']): Leaf['value'] {
  if (typeof value === 'string') return shownText(value);
  if (typeof value !== 'object') return value;
  if (isTexts(value)) return value.map(shownText);
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, shownText(text)]));
}

const isTexts = (value: object): value is readonly string[] => Array.isArray(value);

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
