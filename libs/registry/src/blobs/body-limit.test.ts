import { describe, expect, it } from 'vitest';
import { smallerThan } from './body-limit.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** All portions that are tried while every one is refused. */
function portions(refusedBytes: number, minimumBytes = 0): number[] {
  const next = smallerThan(refusedBytes, minimumBytes);
  return next === undefined ? [] : [next, ...portions(next, minimumBytes)];
}

describe('registry/blobs/body-limit', () => {
  it('begins well below what gateways are known to take, and halves as bodies are refused', () => {
    expect(portions(500 * MIB).map((bytes) => bytes / MIB)).toEqual([
      16, 8, 4, 2, 1, 0.5, 0.25, 0.125, 0.0625,
    ]);
  });

  it('tries round sizes', () => {
    expect(portions(1_000_000)).toEqual([448 * KIB, 192 * KIB, 64 * KIB]);
  });

  it.each([
    [100, 5, [16, 8, 5]],
    [100, 20, [20]],
    [100, 60, [60]],
    [7, 5, [5]],
    [5, 5, []],
    [4, 5, []],
  ])('of %i MiB with portions of at least %i MiB, tries %j', (refused, minimum, expected) => {
    expect(portions(refused * MIB, minimum * MIB).map((bytes) => bytes / MIB)).toEqual(expected);
  });

  it('has nothing to try below the smallest', () => {
    expect(portions(64 * KIB)).toEqual([]);
  });
});
