import { describe, expect, it } from 'vitest';
import { lackingHeapFlags } from './heap-flags.ts';

const SEMI_SPACE = '--max-semi-space-size=2';
const SIZE = '--optimize-for-size';

describe('runtime/heap-flags', () => {
  it.each([
    [[], [SEMI_SPACE, SIZE]],
    [
      ['', '--inspect=0', '--max-old-space-size=256', '--title=max-semi-space-size'],
      [SEMI_SPACE, SIZE],
    ],
    [[SEMI_SPACE, SIZE], []],
    [[SIZE], [SEMI_SPACE]],
    [['--max_semi_space_size=64'], [SIZE]],
    [['--no-optimize-for-size'], [SEMI_SPACE]],
    [['--nooptimize_for_size'], [SEMI_SPACE]],
  ])('started with %j it lacks %j', (options, lacking) => {
    expect(lackingHeapFlags(options)).toEqual(lacking);
  });
});
