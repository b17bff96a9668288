import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from './error-codes.ts';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

/** Code -> the heading it is documented under. */
function documented(): Record<string, string> {
  const sections = page.split(/^## /m).slice(1);
  return Object.fromEntries(
    sections.flatMap((section) => {
      const kind = section.slice(0, section.indexOf('\n'));
      return [...section.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code = '']) => [code, kind]);
    }),
  );
}

describe('model/error-codes', () => {
  it('documents every code under its kind, and no other, in docs/errors.md', () => {
    expect(documented()).toEqual({ ...ERROR_CODES });
  });
});
