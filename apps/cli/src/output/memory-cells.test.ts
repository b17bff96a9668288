import { describe, expect, it } from 'vitest';
import { memoryCells } from './memory-cells.ts';

const MIB = 2 ** 20;
const memory = { rssBytes: 118 * MIB, heapBytes: 41.5 * MIB, heapLimitBytes: 2048 * MIB };

describe('cli/output/memory-cells', () => {
  it('shows what is held, and of what it may be where there is a bound', () => {
    expect(memoryCells(memory)).toEqual(['118 MiB', '41.5 MiB of 2.0 GiB']);
    expect(memoryCells({ ...memory, limitBytes: 256 * MIB })).toEqual([
      '118 MiB of 256 MiB',
      '41.5 MiB of 2.0 GiB',
    ]);
  });

  it('shows nothing of a process that does not tell', () => {
    expect(memoryCells(undefined)).toEqual(['', '']);
  });
});
