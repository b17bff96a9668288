import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

describe('registry/http/retry-after', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 2 ', 2000],
    ['1.5', 1500],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %j as %j ms', (header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });

  it.each([
    ['in seconds', String(NOW / 1000 + 90), 90_000],
    ['in seconds with a fraction', `${NOW / 1000 + 90}.5`, 90_500],
    ['in milliseconds', String(NOW + 90_000), 90_000],
    ['that has passed', String(NOW / 1000 - 5), 0],
    ['as a date of ISO 8601', '2026-03-01T12:01:30Z', 90_000],
  ])('understands a point in time %s', (_title, header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });
});
