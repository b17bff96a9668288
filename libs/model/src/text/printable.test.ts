import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableLines } from './printable.ts';

describe('model/text/printable', () => {
  it.each([
    ['\u001b[2Jgone', '\\u001b[2Jgone'],
    ['\u009b31mred', '\\u009b31mred'],
    ['a\u202egnp.exe', 'a\\u202egnp.exe'],
    ['one\nregfleet: two', 'one\\nregfleet: two'],
    ['a\tb\rc', 'a\\tb\\rc'],
    ['a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    ['\u{e0041}tag', '\\udb40\\udc41tag'],
    ['größe 日本 ✓', 'größe 日本 ✓'],
  ])('shows %j as %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('keeps the lines of a text that has several', () => {
    expect(printableLines('one\n  two\u001b\r\n')).toBe('one\n  two\\u001b\\r\n');
  });

  it('leaves JSON what it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const value = { [text.toWellFormed()]: text.toWellFormed() };
        expect(JSON.parse(printableLines(JSON.stringify(value, undefined, 2)))).toEqual(value);
      }),
    );
  });
});
