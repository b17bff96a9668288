import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, sortByBytes } from './byte-order.ts';

describe('config/tags/byte-order', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'A', '1', '-', '.', 'é', '\u{d7ff}', '\u{e000}', '\u{ffff}', '😀'),
  });

  it('sorts texts as they are ordered', () => {
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        expect(sortByBytes([...texts])).toEqual(texts.toSorted(compareBytes));
      }),
    );
  });

  it('orders texts as their UTF-8 bytes are ordered', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});
