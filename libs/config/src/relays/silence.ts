import type { Report } from '../report.ts';
import type { Sourced } from '../yaml/sourced.ts';

const MIN_SILENCE_MS = 1_000;

export function readSilence(entry: Sourced<number> | undefined, fallbackMs: number, report: Report): number {
  if (entry === undefined || entry.value >= MIN_SILENCE_MS) return entry?.value ?? fallbackMs;
  report.error(entry.at, {
    rule: 'silence-invalid',
    message: 'silence must be 1s or more',
    hint: 'write a duration such as 5m; copies that move nothing for so long are given up',
  });
  return fallbackMs;
}
