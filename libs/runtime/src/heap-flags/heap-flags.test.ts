import { describe, expect, it } from 'vitest';
import { lackingHeapFlags } from './heap-flags.ts';

const SEMI_SPACE = '--max-semi-space-size=4';
const GROWTH = '--heap-growing-percent=20';

describe('runtime/heap-flags', () => {
  it.each([
    [[], [SEMI_SPACE, GROWTH]],
    [
      ['', '--inspect=0', '--max-old-space-size=256', '--title=max-semi-space-size'],
      [SEMI_SPACE, GROWTH],
    ],
    [[SEMI_SPACE, GROWTH], []],
    [[GROWTH], [SEMI_SPACE]],
    [['--max_semi_space_size=64'], [GROWTH]],
    [['--heap-growing-percent=50'], [SEMI_SPACE]],
    [['--heap_growing_percent=0'], [SEMI_SPACE]],
  ])('started with %j it lacks %j', (options, lacking) => {
    expect(lackingHeapFlags(options)).toEqual(lacking);
  });
});
