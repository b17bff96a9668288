import { describe, expect, it } from 'vitest';
import { formatDuration } from './quantities.ts';

const HOUR_MS = 3_600_000;

describe('cli/output/quantities', () => {
  it.each([
    [0.4, '0ms'],
    [999, '999ms'],
    [95_000, '1m35s'],
    [HOUR_MS, '1h00m'],
    [48 * HOUR_MS - 1_000, '47h59m'],
    [48 * HOUR_MS, '2d00h'],
    [725.5 * HOUR_MS, '30d05h'],
  ])('writes %s ms as %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});
