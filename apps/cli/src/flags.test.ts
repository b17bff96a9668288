import { describe, expect, it } from 'vitest';
import { wholeNumber } from './flags.ts';

describe('cli/flags', () => {
  const port = wholeNumber('--port', { min: 0, max: 65_535 });

  it.each([
    ['0', 0],
    ['9090', 9090],
    ['065535', 65_535],
  ])('reads %s as a number', (text, number) => {
    expect(port(text)).toBe(number);
  });

  it.each(['', ' ', '-1', '+1', '1.0', '1e3', '0x10', '65536', 'many', '١'])('refuses "%s"', (text) => {
    expect(() => port(text)).toThrow(`--port wants a whole number from 0 to 65535, not "${text}"`);
  });
});
