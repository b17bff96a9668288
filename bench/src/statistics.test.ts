import { describe, expect, it } from 'vitest';
import type { Measurements } from './result.ts';
import { median, medianMs, peakBytes, totalOf } from './statistics.ts';

describe('bench/statistics', () => {
  it.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
  ])('takes the median of %j', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('keeps contenders and variants apart', () => {
    const measured: Measurements = {
      tags: 1,
      counts: [],
      passes: [
        { contender: 'regfleet sync', durationMs: 10, cpuMs: 0, peakMemoryBytes: 7 },
        { contender: 'regfleet sync', durationMs: 30, cpuMs: 0, peakMemoryBytes: 5 },
        { contender: 'regfleet sync', variant: 'few', durationMs: 99, cpuMs: 0, peakMemoryBytes: 99 },
        { contender: 'skopeo sync', durationMs: 99, cpuMs: 0, peakMemoryBytes: 99 },
      ],
    };
    expect(medianMs(measured, 'regfleet sync')).toBe(20);
    expect(peakBytes(measured, 'regfleet sync')).toBe(7);
    expect(medianMs(measured, 'regfleet sync', 'few')).toBe(99);
  });

  it('has no median where nothing was measured', () => {
    expect(median([])).toBeNaN();
  });

  it('adds up requests of all kinds', () => {
    expect(totalOf({ 'GET tags': 1, 'HEAD manifest': 20 })).toBe(21);
  });
});
