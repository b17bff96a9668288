import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

describe('config/yaml/duration', () => {
  it.each([
    ['10h', 36_000_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['5.s', 5000],
    ['-5m', -300_000],
    ['+5m', 300_000],
    ['100ms', 100],
    ['2us', 0.002],
    ['2µs', 0.002],
    ['2μs', 0.002],
    ['1ns', 1e-6],
    ['0', 0],
    ['-0', -0],
    ['1s1s', 2000],
    ['2562047h47m16.854775807s', (2 ** 63 - 1) / 1e6],
  ])('reads %s as %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBeCloseTo(milliseconds, 9);
  });

  it.each(['', '30', '1d', '1w', '.s', 's', '1 h', '1h ', '1H', '--1h', '1h-1m', '1e3s', '1_0s', '9999999h'])(
    'refuses "%s"',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});
