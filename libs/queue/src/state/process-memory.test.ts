import { describe, expect, it } from 'vitest';
import { limitOf, processMemory } from './process-memory.ts';

const GIB = 2 ** 30;

describe('queue/state/process-memory', () => {
  it('tells what is held, and of the heap what may be', () => {
    const { rssBytes, heapBytes, heapLimitBytes } = processMemory();
    expect(heapBytes).toBeGreaterThan(0);
    expect(rssBytes).toBeGreaterThan(heapBytes);
    expect(heapLimitBytes).toBeGreaterThan(heapBytes);
  });

  it.each([
    ['the one that is set', GIB, { limitBytes: GIB }],
    ['none where the system says 0', 0, {}],
    ['none where the system says what no machine has', 2 ** 64, {}],
    ['none where the machine has no more anyway', 16 * GIB, {}],
  ])('knows of a bound for all of it %s', (_title, constrained, limit) => {
    expect(limitOf(constrained, 16 * GIB)).toEqual(limit);
  });
});
