import { describe, expect, it } from 'vitest';
import { clip } from './clip.ts';

describe('model/text/clip', () => {
  it('leaves what is short enough, and says how long the rest was', () => {
    expect(clip('abc', 3)).toBe('abc');
    expect(clip('abcd', 3)).toBe('abc… (4 characters)');
  });
});
