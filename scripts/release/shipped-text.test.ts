import { describe, expect, it } from 'vitest';
import { shippedPage } from './shipped-text.ts';

describe('scripts/release/shipped-text', () => {
  it.each([
    [
      '[a page](errors.md) and [its part](errors.md#kinds)',
      '[a page](errors.md) and [its part](errors.md#kinds)',
    ],
    ['[up](../LICENSE), [a source](../libs/model/src/errors.ts)', '[up](../LICENSE), a source'],
    ['[ADR 5](adr/0005-error-kinds.md)', 'ADR 5'],
    ['[here](#here), [there](https://example.com/x.md)', '[here](#here), [there](https://example.com/x.md)'],
  ])('keeps links that lead somewhere: %s', (page, shipped) => {
    expect(shippedPage(page, 'docs/page.md', new Set(['docs/errors.md', 'LICENSE']))).toBe(shipped);
  });
});
