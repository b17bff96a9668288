import { describe, expect, it } from 'vitest';
import { memoryAdvice } from './memory-advice.ts';

const MIB = 1024 * 1024;
const GOOD = { usedBytes: 10 * MIB, limitBytes: 512 * MIB, policy: 'noeviction' };

describe('cli/output/memory-advice', () => {
  it.each([
    ['of one that has enough', GOOD, []],
    ['of one whose policy it does not tell', { usedBytes: MIB, limitBytes: 512 * MIB }, []],
    [
      'of one that evicts keys',
      { ...GOOD, policy: 'allkeys-lru' },
      [/may drop jobs.*allkeys-lru: set it to noeviction/],
    ],
    ['of one without maxmemory', { usedBytes: MIB, policy: 'noeviction' }, [/no maxmemory.*to 58mb or more/]],
    ['of one that is too small', { ...GOOD, limitBytes: 32 * MIB }, [/little for 10 tasks: set it to 58/]],
    ['of one that is nearly full', { ...GOOD, usedBytes: 500 * MIB }, [/has used 500.*: nothing is begun/]],
  ])('says nothing but what to do %s', (_what, memory, expected) => {
    const advice = memoryAdvice(memory, 10);
    expect(advice).toHaveLength(expected.length);
    for (const [at, form] of expected.entries()) expect(advice[at]).toMatch(form);
  });
});
