import type { ContenderName } from './contenders/contender.ts';
import { formatBytes, formatNumber } from './report/format.ts';
import type { Measurements } from './result.ts';
import { medianMs, peakBytes } from './statistics.ts';

/** Something a workload has to show, and whether it did. */
export interface Target {
  readonly wanted: string;
  readonly measured: string;
  readonly isMet: boolean;
}

const SUBJECT = 'regfleet sync';

/** By the medians of one run. */
export function fasterThan(measured: Measurements, other: ContenderName, atLeast: number): Target {
  const ratio = medianMs(measured, other) / medianMs(measured, SUBJECT);
  const wanted = atLeast === 1 ? `at least as fast as ${other}` : `at least ${atLeast}x faster than ${other}`;
  return { wanted, measured: `${formatNumber(ratio)}x`, isMet: ratio >= atLeast };
}

export function memoryBelow(measured: Measurements, limitBytes: number): Target {
  const peak = peakBytes(measured, SUBJECT);
  return {
    wanted: `under ${formatBytes(limitBytes)} of memory`,
    measured: formatBytes(peak),
    isMet: peak < limitBytes,
  };
}

export function atMost(wanted: string, measured: number, limit: number): Target {
  return { wanted, measured: formatNumber(measured), isMet: measured <= limit };
}
