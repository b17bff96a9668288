import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes } from './byte-order.ts';

describe('config/tags/byte-order', () => {
  it('orders texts as their UTF-8 bytes are ordered', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'A', '1', '-', '.', 'é', '\u{d7ff}', '\u{e000}', '\u{ffff}', '😀'),
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});
