import { describe, expect, it } from 'vitest';
import { trimSpace } from './trim.ts';

describe('config/regex/trim', () => {
  it.each([
    ['  a b \t\r\n', 'a b'],
    ['\u0085\u00a0\u2003a\u3000\u2028\v\f', 'a'],
    ['\ufeffa\ufeff', '\ufeffa\ufeff'],
    ['\u200ba', '\u200ba'],
    [' \t ', ''],
    ['', ''],
  ])('trims %j to %j as Go does', (text, expected) => {
    expect(trimSpace(text)).toBe(expected);
  });
});
