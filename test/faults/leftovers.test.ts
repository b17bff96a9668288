import { describe, expect, it } from 'vitest';
import { keyFamilies } from './leftovers.ts';

const isKnown = (key: string): boolean => keyFamilies().some((family) => family.test(key));

describe('faults/leftovers', () => {
  it('knows the families of keys from the page that tells of them', () => {
    const known = [
      'runs:meta',
      'copy.direct.a_to_b:completed',
      'lanes',
      'run:abc',
      'cache:x',
      'leader',
      'records',
    ];
    expect(known.filter((key) => !isKnown(key))).toEqual([]);
    expect(['lanes2', 'copy', 'other:x', ''].filter(isKnown)).toEqual([]);
  });
});
