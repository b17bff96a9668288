import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('fleet/turns/turns', () => {
  it('gives a run that comes later the turns that are next, beside the tail of another', () => {
    const turns = new Turns();
    const long = Array.from({ length: 10 }, (_, index) => turns.next('long', Math.min(index, 1)));
    expect(long).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect([turns.next('late', 6), turns.next('late', 6)]).toEqual([7, 8]);
    expect(turns.next('long', 6)).toBe(11);
  });

  it('begins behind what was taken where none waits, and never before what was taken already', () => {
    const turns = new Turns();
    for (let count = 0; count < 5; count += 1) turns.next('first', undefined);
    expect(turns.next('second', undefined)).toBe(6);
    // One that was handed back waits again.
    expect(turns.next('third', 1)).toBe(6);
  });
});
