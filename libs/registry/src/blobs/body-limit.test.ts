import { describe, expect, it } from 'vitest';
import { BodyLimit } from './body-limit.ts';

const MIB = 1024 * 1024;

describe('registry/blobs/body-limit', () => {
  it('goes down step by step as bodies are refused, and not below a mebibyte', () => {
    const limit = new BodyLimit();
    expect(limit.bytes).toBe(Number.POSITIVE_INFINITY);
    const steps = [100 * MIB, 16 * MIB, 4 * MIB].map((refused) => [
      limit.lower(refused, 0),
      limit.bytes / MIB,
    ]);
    expect(steps).toEqual([
      [true, 16],
      [true, 4],
      [true, 1],
    ]);
    expect(limit.lower(MIB, 0)).toBe(false);
  });

  it('does not go below what the registry takes as a portion', () => {
    const limit = new BodyLimit();
    expect(limit.lower(100 * MIB, 20 * MIB)).toBe(false);
    expect(limit.bytes).toBe(Number.POSITIVE_INFINITY);
  });
});
