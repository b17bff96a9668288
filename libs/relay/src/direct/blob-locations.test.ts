import { parseDigest } from '@regfleet/model';
import { describe, expect, it } from 'vitest';
import { BlobLocations } from './blob-locations.ts';

const A = parseDigest(`sha256:${'a'.repeat(64)}`);
const B = parseDigest(`sha256:${'b'.repeat(64)}`);

function blobLocations({ limit = 10 } = {}): { held: BlobLocations; clock: { ms: number } } {
  const clock = { ms: 0 };
  return { held: new BlobLocations({ ttlMs: 100, limit, nowMs: () => clock.ms }), clock };
}

describe('relay/direct/blob-locations', () => {
  it('names the repository seen last first', () => {
    const { held } = blobLocations();
    for (const repository of ['one', 'two', 'one']) held.add('r', repository, A);
    expect(held.holders('r', A)).toEqual(['one', 'two']);
  });

  it('keeps registries apart', () => {
    const { held } = blobLocations();
    held.add('r', 'one', A);
    expect(held.holders('other', A)).toEqual([]);
  });

  it('believes a holding until its time is over', () => {
    const { held, clock } = blobLocations();
    held.add('r', 'one', A);
    clock.ms = 99;
    expect(held.holds('r', 'one', A)).toBe(true);
    clock.ms = 100;
    expect({ holds: held.holds('r', 'one', A), holders: held.holders('r', A) }).toEqual({
      holds: false,
      holders: [],
    });
  });

  it('forgets what is dropped', () => {
    const { held } = blobLocations();
    held.add('r', 'one', A);
    held.add('r', 'two', A);
    held.drop('r', 'one', A);
    expect(held.holders('r', A)).toEqual(['two']);
  });

  it('lets go the oldest of many repositories that hold one digest, and what is no longer believed', () => {
    const { held, clock } = blobLocations({ limit: 2 });
    for (const repository of ['one', 'two', 'three']) held.add('r', repository, A);
    expect([held.size, ...held.holders('r', A)]).toEqual([2, 'three', 'two']);
    clock.ms = 99;
    held.add('r', 'three', A);
    clock.ms = 100;
    held.add('r', 'one', B);
    expect([held.size, ...held.holders('r', A)]).toEqual([2, 'three']);
    clock.ms = 300;
    held.add('r', 'two', B);
    expect(held.size).toBe(1);
    held.drop('r', 'two', B);
    expect(held.size).toBe(0);
  });

  it('forgets the oldest digest when it is full', () => {
    const { held } = blobLocations({ limit: 1 });
    held.add('r', 'one', A);
    held.add('r', 'one', B);
    expect([held.holds('r', 'one', A), held.holds('r', 'one', B)]).toEqual([false, true]);
  });
});
