import { describe, expect, it } from 'vitest';
import { parseLevel } from './level.ts';

describe('runtime/logger/level', () => {
  it.each([
    ['panic', 'fatal'],
    ['fatal', 'fatal'],
    ['error', 'error'],
    ['WARN', 'warn'],
    ['Warning', 'warn'],
    [' info ', 'info'],
    ['debug', 'debug'],
    ['trace', 'trace'],
  ])('reads %j as %j', (text, level) => {
    expect(parseLevel(text)).toBe(level);
  });

  it.each(['', 'verbose', 'silent', 'toString'])('knows no level %j', (text) => {
    expect(parseLevel(text)).toBeUndefined();
  });
});
